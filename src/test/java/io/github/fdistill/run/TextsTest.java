package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.TextConfig;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.text.BytePairTraining;
import io.github.fdistill.text.TextForm;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import io.github.fdistill.training.DistillationChecks;
import io.github.fdistill.training.Pretraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a tokenizer says of a text is what the network is told. */
class TextsTest {
  @TempDir Path folder;

  private NetworkConfig network() {
    NetworkConfig.Builder config = NetworkConfig.newBuilder();
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config.getUnetBuilder().setChannels(8).addMultiplier(1).addAttentionResolution(8);
    config.getTextBuilder().setTokenizer("tokenizer").setLength(6).setWidth(8).setHeads(2);
    return config.build();
  }

  private Texts texts(String tokenizerConfig) throws IOException {
    Path files = Files.createDirectories(folder.resolve("graphs/tokenizer"));
    TokenizerFiles.write(
        BytePairTraining.train(List.of("a red square"), TextForm.GPT2, 520, 20), files);
    Files.writeString(files.resolve("tokenizer_config.json"), tokenizerConfig);
    Path file = folder.resolve("graphs/network.pbtxt"); // The tokenizer lies beside it.
    return Texts.of(Workspace.at(folder), file, network()).orElseThrow();
  }

  /** GPT-2's form, with and without a start, its padding the end; and padding of its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"eos_token\": \"<|endoftext|>\"",
        "\"eos_token\": \"<|endoftext|>\", \"bos_token\": \"<|endoftext|>\"",
        "\"eos_token\": \"<|endoftext|>\", \"bos_token\": \"<|startoftext|>\"",
        "\"eos_token\": \"<|endoftext|>\", \"pad_token\": \"<|startoftext|>\"",
      })
  void noTextIsTheRowOfTheEmptyOne(String tokens) throws IOException {
    Texts texts = texts("{\"tokenizer_class\": \"GPT2Tokenizer\", " + tokens + "}");
    Tokenizer tokenizer = texts.tokenizer();
    Conditioning taken = Networks.denoiser(texts.network(), 1).conditioning();
    List<Double> empty =
        Arrays.stream(tokenizer.row("").numbers()).mapToObj(id -> (double) id).toList();
    assertEquals(empty, taken.input(CaptionTokens.TOKENS).orElseThrow().none());
  }

  /** A run that has begun goes on: what is written of its network is as before. */
  @Test
  void whereATextHasAStartNothingMoreIsWritten() throws IOException {
    String clip = "{\"eos_token\": \"<|endoftext|>\", \"bos_token\": \"<|startoftext|>\"}";
    TextConfig text = texts(clip).network().getText();
    assertTrue(text.getEmptyList().isEmpty());
    assertEquals("graphs/tokenizer", text.getTokenizer(), "as it is seen from where a run works");
  }

  /** As with "no class": guidance would draw away from what the network never saw. */
  @Test
  void guidanceNeedsATeacherThatHasLearntNoText() throws IOException {
    NetworkConfig network =
        texts("{\"eos_token\": \"<|endoftext|>\", \"bos_token\": \"<|startoftext|>\"}").network();
    ImageSource images = new MadeImages(2, 8, 8, 1, 1, (index, into, offset) -> {});
    PretrainConfig without = PretrainConfig.newBuilder().setBatchSize(1).setLabelDropout(0).build();
    Learner learner =
        new Learner(network, images, Optional.empty(), Optional.empty(), Optional.empty());
    try (Pretraining training = learner.training(without)) {
      DenoiserModel teacher = training.result();
      for (Executable guided :
          List.<Executable>of(
              () -> DistillationChecks.requireGuidable(teacher, 2),
              () -> new Sampling(2, 2, Precision.FLOAT32).requireFits(teacher))) {
        String refused = assertThrows(InputException.class, guided).getMessage();
        assertTrue(refused.contains("not learnt \"no text\" beside its texts"), refused);
      }
    }
    DistillationChecks.requireGuidable(Networks.denoiser(network, 1), 2); // Nothing is said of it.
  }
}
