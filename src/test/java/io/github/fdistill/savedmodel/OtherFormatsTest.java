package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is no SavedModel is told what it is, and the commands that make one of it. */
class OtherFormatsTest {
  @TempDir Path folder;

  private static void road(Path path, String... parts) {
    String message = assertThrows(InputException.class, () -> SavedModel.read(path)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "weights.safetensors, weights alone, import FILE --name weights --like NETWORK.pbtxt",
    "model.pth, weights alone, import FILE --name model --like",
    "edm-cifar10.pkl, a pickle, import FILE --name edm-cifar10",
    "DiT-XL-2-256x256.pt, PyTorch, import FILE --name dit-xl-2-256x256; add --as dit",
    "last.ckpt, PyTorch, import FILE --name last",
    "unet.onnx, ONNX, ./fdistill import FILE --name unet",
    "My Model.keras, of Keras, (sys.argv[1]).export('savedmodels/my-model/1')\" 'FILE'",
    "net.h5, of Keras, (sys.argv[1]).export('savedmodels/net/1')\" FILE",
    "it's.h5, of Keras, /it'\\''s.h5'",
    "net.tflite, TensorFlow Lite, as a SavedModel or as ONNX",
    "model.ckpt.index, a checkpoint, tf.saved_model.save",
    "net.safetensors.index.json, weights alone, import FILE --name net --like NETWORK.pbtxt",
    "net.tar.gz, an archive, tar -xf FILE -C savedmodels/net; ./fdistill inspect savedmodels/net",
    "net.zip, an archive, unzip FILE -d savedmodels/net; ./fdistill inspect savedmodels/net",
    "net.npz, arrays of NumPy, net.safetensors')\" FILE; ./fdistill import net.safetensors",
    "flax_model.msgpack, of Flax, as safetensors",
    "net.gguf, of GGUF, as safetensors"
  })
  void aFile(String name, String found, String command) throws IOException {
    Path file = Files.createFile(folder.resolve(name));
    road(file, found, "needed: a SavedModel folder", command.replace("FILE", file.toString()));
    road(folder, "a folder with " + name, found);
  }

  @Test
  void aFolderOfAFrozenGraph() throws IOException {
    Path file = Files.createFile(folder.resolve("frozen.pb"));
    road(folder, "a folder with frozen.pb, a frozen graph", "./fdistill inspect " + file);
  }

  @Test
  void aSavedModelThatLiesDeeperOrLacksItsGraph() throws IOException {
    Path version = Files.createDirectories(folder.resolve("a/net/12"));
    road(folder, "there is no saved_model.pb", "check the path");
    Path text = Files.createFile(folder.resolve("net.pbtxt"));
    road(text, "a text of settings, or of a network", "./fdistill pretrain --network " + text);
    Files.createFile(version.resolve("saved_model.pb"));
    road(folder, "a SavedModel in " + folder.resolve("a/net"), "name that folder: ");
    Files.move(version.resolve("saved_model.pb"), version.resolveSibling("saved_model.pb"));
    road(folder, "a SavedModel in " + folder.resolve("a/net"), "name that folder: ");
    Files.createDirectory(version.resolve("variables"));
    road(version, "without its graph", "copy saved_model.pb too");
    Path other = Files.createDirectories(folder.resolve("b/12"));
    Files.createFile(other.resolve("saved_model.pb"));
    String both = folder.resolve("a/net") + ", " + folder.resolve("b");
    road(folder, "several SavedModels", "name the one that is meant: " + both);
  }

  @Test
  void theNewestVersionIsNotWhole() throws IOException {
    Files.createFile(Files.createDirectories(folder.resolve("net/1")).resolve("saved_model.pb"));
    Path newest = Files.createDirectories(folder.resolve("net/2"));
    road(folder.resolve("net"), newest + ": the newest version", "copy that version again, or");
    Files.createDirectory(newest.resolve("variables"));
    road(folder.resolve("net"), newest + ": the variables", "copy saved_model.pb too");
    Path first = Files.createDirectories(folder.resolve("begun/1"));
    road(folder.resolve("begun"), first + ": the newest version", "copy that version again, or");
  }

  /** Classes of pictures are folders of that kind, and many others. */
  @Test
  void foldersNamedByNumbersAreNoVersionsOfAnotherThing() throws IOException {
    for (String digit : List.of("0", "9")) {
      Path images = Files.createDirectories(folder.resolve("digits/" + digit));
      Files.createFile(images.resolve("a.png"));
    }
    road(folder.resolve("digits"), "digits: not a SavedModel", "check the path");
    Files.createFile(folder.resolve("digits/model_index.json"));
    road(folder.resolve("digits"), "digits: a folder of the library diffusers");
  }

  @Test
  void theFileOfASavedModelItself() throws IOException {
    Path file = Files.createFile(folder.resolve("saved_model.pb"));
    road(file, "a file", "name the folder that it lies in: " + folder);
  }

  @Test
  void aFolderOfDiffusersAndWhatLiesInIt() throws IOException {
    Path index = Files.createFile(folder.resolve("model_index.json"));
    road(folder, "model_index.json", "./fdistill import " + folder + " --name");
    Path unet = Files.createDirectories(folder.resolve("unet"));
    Files.createFile(unet.resolve("config.json"));
    road(unet, "config.json", "./fdistill import " + unet + " --name unet");
    Path weights = Files.createFile(unet.resolve("model.safetensors"));
    road(weights, "whose folder", "./fdistill import " + unet + " --name model");
    Files.delete(index);
  }

  @ParameterizedTest
  @CsvSource({
    "https:/hub.example/google/ddpm-cifar10-32, an address",
    "https:/hub.example/google/ddpm-cifar10-32/tree/main, an address",
    "/root/https:/hub.example/google/ddpm-cifar10-32/resolve/main/a.bin, an address",
    "hf:/google/ddpm-cifar10-32, an address",
    "google/ddpm-cifar10-32, perhaps the name of a model on a hub"
  })
  void anAddress(String path, String found) {
    road(
        Path.of(path),
        found,
        "hf download google/ddpm-cifar10-32 --local-dir ddpm-cifar10-32",
        "./fdistill import ddpm-cifar10-32 --name ddpm-cifar10-32");
  }

  @Test
  void anAddressOfTensorFlowsHub() {
    road(Path.of("https:/hub.example/gpt2/blob/main"), "hf download gpt2 --local-dir gpt2;");
    road(Path.of("https:/tfhub.dev/deepmind/biggan-128/2"), "hub of TensorFlow", "tar -xzf");
  }

  @Test
  void aFolderThatIsNotThereIsNoAddress() throws IOException {
    road(folder.resolve("no/such"), "no such folder", "check the path");
    road(Path.of("runs/no-such"), "no such folder\n", "check the path");
    Path run = Files.createDirectories(folder.resolve("runs/mine"));
    road(folder.resolve("savedmodels/mine"), "no such folder\n", "check the path");
    Files.createFile(run.resolve("config.pbtxt"));
    road(folder.resolve("savedmodels/mine"), run + ", has exported nothing", run + "/record.json");
  }
}
