package io.github.fdistill.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerFilesTest {
  private static final Path CLIP = RecordedTexts.FOLDER.resolve("clip");

  @TempDir Path folder;

  private void copy(Path from, String... files) throws IOException {
    for (String file : files) {
      Files.copy(from.resolve(file), folder.resolve(file));
    }
  }

  private String refused() {
    return assertThrows(InputException.class, () -> TokenizerFiles.read(folder)).getMessage();
  }

  @Test
  void textsHaveTheNumbersThatTransformersGivesThem() throws IOException {
    RecordedTexts texts = RecordedTexts.in(RecordedTexts.FOLDER);
    assertTrue(texts.size() >= 200);
    texts.assertRows(TokenizerFiles.read(CLIP), "clip");
  }

  /**
   * As in Stable Diffusion 2: the padding is a sign that texts have, and is found in them first.
   */
  @Test
  void paddingMayBeASignOfTexts() throws IOException {
    copy(CLIP, "vocab.json", "merges.txt");
    Path padded = RecordedTexts.FOLDER.resolve("padded");
    copy(padded, "tokenizer_config.json", "special_tokens_map.json");
    Tokenizer tokenizer = TokenizerFiles.read(folder);
    assertEquals(0, tokenizer.padding());
    RecordedTexts.in(RecordedTexts.FOLDER).assertRows(tokenizer, "padded");
    Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"a\"}");
    assertNotEquals(0, TokenizerFiles.read(folder).padding(), "it holds");
    Path config = folder.resolve("tokenizer_config.json");
    String newer = Files.readString(config).replaceFirst("\\{", "{\"added_tokens_decoder\": {},");
    Files.writeString(config, newer);
    assertEquals(0, TokenizerFiles.read(folder).padding(), "the settings hold, and say all");
  }

  /** Newer programs write one file, and say less of special tokens. */
  @Test
  void aTokenizerInOneFileIsTheSame() throws IOException {
    Tokenizer whole = TokenizerFiles.read(RecordedTexts.FOLDER.resolve("whole"));
    RecordedTexts.in(RecordedTexts.FOLDER).assertRows(whole, "padded");
  }

  /** What is done to texts before they are tokens is what the file says, or it is not read. */
  @Test
  void aTokenizerInOneFileIsOfAKnownForm() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    String bytes = "{\"type\": \"ByteLevel\", \"add_prefix_space\": %s, \"trim_offsets\": true}";
    String plain = bytes.formatted(false);
    String whole =
        "{\"normalizer\": %s, \"pre_tokenizer\": %s, \"model\": {\"type\": \"BPE\","
            + " \"merges\": [], \"vocab\": {\"a\": 0, \"<|endoftext|>\": 1}}}";
    Files.writeString(file, whole.formatted("null", plain));
    assertEquals(TextForm.GPT2, TokenizerFiles.read(folder).form());
    String digits = "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\"}, %s]}";
    for (String[] other :
        new String[][] {
          {"{\"type\": \"Lowercase\"}", plain, "[{type=Lowercase}, {add_prefix_space=false"},
          {"null", bytes.formatted(true), "{add_prefix_space=true, type=ByteLevel}"},
          {"null", digits.formatted(plain), "{type=Digits}"},
          {"null", plain.replace("}", ", \"use_regex\": false}"), "use_regex=false"},
          {"null", "null", "a text goes through []"}
        }) {
      Files.writeString(file, whole.formatted(other[0], other[1]));
      assertTrue(refused().contains("a tokenizer of another kind: before"), refused());
      assertTrue(refused().contains(other[2]), refused());
    }
    Files.writeString(file, whole.formatted("null", plain).replace("\"a\": 0", "\"a</w>\": 0"));
    assertTrue(refused().contains("<|startoftext|>"), "the form of CLIP: " + refused());
    String clip = Files.readString(RecordedTexts.FOLDER.resolve("whole/tokenizer.json"));
    String special = "<\\\\|startoftext\\\\|>|<\\\\|endoftext\\\\|>|";
    assertTrue(clip.contains(special), "some say it, and some do not");
    Files.writeString(file, clip.replace(special, ""));
    assertEquals(TextForm.CLIP, TokenizerFiles.read(folder).form());
    String config = "{\"tokenizer_class\": \"GPT2TokenizerFast\"}";
    Files.writeString(folder.resolve("tokenizer_config.json"), config);
    assertTrue(refused().contains("the form CLIP, and beside it GPT2"), refused());
  }

  @Test
  void gpt2sBytePairsAreReadToo() throws IOException {
    Tokenizer gpt2 = TokenizerFiles.read(RecordedTexts.FOLDER.resolve("gpt2"));
    assertEquals(TextForm.GPT2, gpt2.form());
    assertTrue(gpt2.start().isEmpty());
    RecordedTexts.in(RecordedTexts.FOLDER).assertNumbers(gpt2, "gpt2");
    assertEquals("Two dogs,  日本 🍎!\n", gpt2.text(gpt2.numbers("Two dogs,  日本 🍎!\n")));
    copy(RecordedTexts.FOLDER.resolve("gpt2"), "vocab.json", "merges.txt");
    String blank = "{\"tokenizer_class\": \"GPT2Tokenizer\", \"add_prefix_space\": true}";
    Files.writeString(folder.resolve("tokenizer_config.json"), blank);
    assertTrue(refused().contains("add_prefix_space true"), refused());
    Files.writeString(folder.resolve("tokenizer_config.json"), blank.replace("true", "false"));
    Path whole = folder.resolve("tokenizer.json");
    String bytes = "{\"type\": \"ByteLevel\", \"add_prefix_space\": %s}";
    String steps = "{\"normalizer\": %s, \"pre_tokenizer\": " + bytes + "}";
    Files.writeString(whole, steps.formatted("null", false));
    assertEquals(TextForm.GPT2, TokenizerFiles.read(folder).form(), "steps of its form");
    for (String other :
        List.of(steps.formatted("{\"type\": \"Lowercase\"}", false), steps.formatted(null, true))) {
      Files.writeString(whole, other);
      assertTrue(refused().contains("tokenizer.json: a tokenizer of another kind"), refused());
    }
    Files.delete(whole);
    String clips = blank.replace("GPT2", "CLIP").replaceFirst("}$", ", \"bos_token\": \"!\"}");
    Files.writeString(folder.resolve("tokenizer_config.json"), clips);
    assertEquals(TextForm.CLIP, TokenizerFiles.read(folder).form());
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    copy(CLIP, "vocab.json", "merges.txt");
    copy(
        RecordedTexts.FOLDER.resolve("padded"), "tokenizer_config.json", "special_tokens_map.json");
    Tokenizer tokenizer = TokenizerFiles.read(folder);
    Path again = folder.resolve("again");
    TokenizerFiles.write(tokenizer, again);
    assertEquals(tokenizer.fingerprint(), TokenizerFiles.read(again).fingerprint());
    assertFalse(
        tokenizer.fingerprint().equals(TokenizerFiles.read(CLIP).fingerprint()), "other padding");
  }

  /** Their rows of the text encoder were trained: a text has their numbers, and not its bytes'. */
  @Test
  void tokensThatWereAddedAreFound() throws IOException {
    copy(CLIP, "vocab.json", "merges.txt", "tokenizer_config.json");
    int first = TokenizerFiles.read(folder).vocabulary();
    Path config = folder.resolve("tokenizer_config.json");
    String said = Files.readString(config);
    String token = "\"%d\": {\"content\": \"%s\", \"normalized\": %s}";
    String decoder = token.formatted(first, "<Cat>", false);
    Files.writeString(
        config, said.replaceFirst("\\{", "{\"added_tokens_decoder\": {" + decoder + "},"));
    Path old = folder.resolve("added_tokens.json");
    Files.writeString(old, "{\"<Dog>\": %d, \"<Cat>\": %d}".formatted(first + 1, first));
    String whole = Files.readString(RecordedTexts.FOLDER.resolve("whole/tokenizer.json"));
    String owl = "\"added_tokens\":[{\"content\": \"<Owl>\", \"id\": %d},".formatted(first + 2);
    Files.writeString(
        folder.resolve("tokenizer.json"), whole.replaceFirst("\"added_tokens\":\\s*\\[", owl));
    Tokenizer tokenizer = TokenizerFiles.read(folder);
    assertArrayEquals(
        new int[] {first, first + 1, first + 2}, tokenizer.numbers("<Cat> <dog><Owl>"));
    assertEquals(first + 3, tokenizer.vocabulary());
    assertTrue(TokenizerFiles.in(folder).contains(old));
    Path again = folder.resolve("again");
    TokenizerFiles.write(tokenizer, again);
    assertEquals(tokenizer.fingerprint(), TokenizerFiles.read(again).fingerprint());
    for (String wrong : new String[] {"%d, \"a\": -7", "%d, \"b\": 99999999", "1%d", "0%1.0s"}) {
      Files.writeString(old, ("{\"<Cat>\": " + wrong + "}").formatted(first));
      assertTrue(refused().contains("of the added token '"), refused());
    }
  }

  @Test
  void withoutSettingsTheVocabularyTellsTheForm() throws IOException {
    copy(CLIP, "vocab.json", "merges.txt");
    Tokenizer tokenizer = TokenizerFiles.read(folder);
    assertEquals(TextForm.CLIP, tokenizer.form());
    assertEquals(77, tokenizer.length());
    assertEquals(tokenizer.end(), tokenizer.padding());
  }

  @Test
  void aLengthWithoutLimitIsClips() throws IOException {
    copy(CLIP, "vocab.json", "merges.txt");
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"model_max_length\": 1000000000000000019884624838656}");
    assertEquals(77, TokenizerFiles.read(folder).length());
    assertEquals(OptionalInt.empty(), TokenizerFiles.length(folder));
    Files.writeString(config, "{\"model_max_length\": 1}");
    assertTrue(refused().contains("2 tokens or more"), refused());
    assertEquals(OptionalInt.empty(), TokenizerFiles.length(folder));
    Files.writeString(config, "{\"model_max_length\": 2}");
    assertEquals(OptionalInt.of(2), TokenizerFiles.length(folder));
    assertEquals(OptionalInt.empty(), TokenizerFiles.length(folder.resolve("none")));
  }

  @Test
  void filesThatDoNotFitAreRefused() throws IOException {
    assertTrue(refused().contains("no tokenizer"), refused());
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na b\n");
    Path vocabulary = folder.resolve("vocab.json");
    Files.writeString(vocabulary, "{\"a\": 0, \"b\": 1, \"<|endoftext|>\": 2}");
    assertTrue(refused().contains("the line 'a b'"), refused());
    Files.writeString(vocabulary, "{\"a\": 0, \"b\": 1, \"ab\": 1}");
    assertTrue(refused().contains("the number 1 of the token 'ab'"), refused());
    Files.writeString(vocabulary, "{\"a\": 0, \"b\": 1, \"ab\": 99999999999}");
    assertTrue(refused().contains("the number 99999999999"), refused());
    Files.writeString(vocabulary, "{\"a\": 0, \"b\": 1, \"ab\": 2}");
    assertTrue(refused().contains("<|endoftext|>"), refused());
    Files.writeString(folder.resolve("merges.txt"), "a b\na b\n");
    assertTrue(refused().contains("twice"), refused());
  }

  @Test
  void anotherKindOfTokenizerIsRefusedByName() throws IOException {
    copy(CLIP, "vocab.json", "merges.txt");
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"tokenizer_class\": \"T5Tokenizer\"}");
    assertTrue(refused().contains("T5Tokenizer"), refused());
    Files.delete(folder.resolve("vocab.json"));
    Files.writeString(
        folder.resolve("tokenizer.json"), "{\"model\": {\"type\": \"Unigram\", \"vocab\": []}}");
    assertTrue(refused().contains("another kind"), refused());
    addedToken("\"x\": 0", -3_000_000_000L);
    assertTrue(refused().contains("the number -3000000000 of the added token 'x'"), refused());
    addedToken("\"x\": 0", 1);
    assertTrue(refused().contains("needed: the vocabulary's own, 0"), refused());
    addedToken("\"y\": 0", -1);
    assertTrue(refused().contains("the number -1 of the added token 'x'"), refused());
  }

  /** A tokenizer of byte pairs with one token besides its vocabulary's. */
  private void addedToken(String vocabulary, long number) throws IOException {
    Files.writeString(
        folder.resolve("tokenizer.json"),
        "{\"added_tokens\": [{\"content\": \"x\", \"id\": "
            + number
            + "}], \"model\": {\"type\": \"BPE\", \"merges\": [], \"vocab\": {"
            + vocabulary
            + "}}}");
  }

  /** A byte without a token is the unknown token, as elsewhere. */
  @Test
  void aLetterThatIsNoTokenIsUnknown() throws IOException {
    Files.writeString(folder.resolve("merges.txt"), "a b</w>\n");
    Files.writeString(
        folder.resolve("vocab.json"),
        "{\"a\": 0, \"b</w>\": 1, \"ab</w>\": 2, \"<|endoftext|>\": 3, \"<|startoftext|>\": 4}");
    Tokenizer tokenizer = TokenizerFiles.read(folder);
    assertArrayEquals(new int[] {2, 3, 0, 3}, tokenizer.numbers("ab x aa"));
  }
}
