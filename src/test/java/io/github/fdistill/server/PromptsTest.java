package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.TensorProtos;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Texts, asked of a server over REST, gRPC and the page, beside the tokens that they stand for. */
class PromptsTest {
  private static final String LONG = "red red red red red red red red red red";

  @TempDir static Path folder;
  private static Asked asked;
  private static Tokenizer tokenizer;

  @BeforeAll
  static void serve() throws IOException {
    TinyStudent.writeOfTexts(folder.resolve("texts/1"), 1);
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    tokenizer = ModelTokenizer.in(folder.resolve("texts/1")).orElseThrow();
    asked = new Asked(folder.resolve("texts"), folder.resolve("tiny"));
  }

  @AfterAll
  static void end() {
    asked.close();
  }

  private static String body(String inputs) {
    return "{\"signature_name\": \"png\", \"inputs\": {" + inputs + "}}";
  }

  private static String rest(String body) throws Exception {
    HttpResponse<String> response = asked.post("/v1/models/texts:predict", body);
    assertEquals(200, response.statusCode(), response.body());
    return response.body();
  }

  private static String refused(String model, String body) throws Exception {
    HttpResponse<String> response = asked.post("/v1/models/" + model + ":predict", body);
    assertEquals(400, response.statusCode(), response.body());
    return response.body();
  }

  private static String ids(String text) {
    return Arrays.toString(tokenizer.row(text).numbers());
  }

  private static JsonObject page(String prompt) throws Exception {
    HttpResponse<String> response =
        asked.get(
            "/page/images?model=texts&seed=7&count=2&prompt="
                + URLEncoder.encode(prompt, StandardCharsets.UTF_8));
    assertEquals(200, response.statusCode(), response.body());
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static String first(String answer) {
    return JsonParser.parseString(answer)
        .getAsJsonObject()
        .getAsJsonArray("outputs")
        .get(0)
        .getAsJsonObject()
        .get("b64")
        .getAsString();
  }

  /** Also an empty one, one that is too long, and one in a script that no token was made for. */
  @ParameterizedTest
  @ValueSource(strings = {"a red square", " A  RED square", "", LONG, "красный", "🟥"})
  void aTextIsItsTokensHoweverItIsAsked(String text) throws Exception {
    String tokens = first(rest(body("\"seed\": [7], \"tokens\": [" + ids(text) + "]")));
    assertEquals(tokens, first(rest(body("\"seed\": [7], \"prompt\": [\"" + text + "\"]"))));
    assertEquals(tokens, page(text).getAsJsonArray("images").get(0).getAsString());
    PredictRequest request =
        request(HostTensor.of(Shape.of(1), List.of(ByteString.copyFromUtf8(text))), "prompt");
    ByteString png = asked.predict(request).getOutputsOrThrow("image_bytes").getStringVal(0);
    assertEquals(tokens, java.util.Base64.getEncoder().encodeToString(png.toByteArray()));
  }

  private static PredictRequest request(HostTensor prompt, String... names) {
    byte[] seed = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(7).array();
    PredictRequest.Builder request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("texts").setSignatureName("png"))
            .putInputs(
                "seed", TensorProtos.write(HostTensor.of(DataType.DT_INT64, Shape.of(1), seed)));
    for (String name : names) {
      request.putInputs(name, TensorProtos.write(prompt));
    }
    return request.build();
  }

  /** Whatever stands beside it in its request. */
  @Test
  void anImageDependsOnItsSeedAndItsTextAlone() throws Exception {
    String alone = first(rest(body("\"seed\": [7], \"prompt\": [\"a red square\"]")));
    String among =
        "{\"signature_name\": \"png\", \"instances\": [{\"seed\": 1, \"prompt\": \"nothing\"},"
            + " {\"seed\": 7, \"prompt\": \"a red square\"}, {\"prompt\": \"\", \"seed\": 7}]}";
    JsonArray rows =
        JsonParser.parseString(rest(among)).getAsJsonObject().getAsJsonArray("predictions");
    assertEquals(alone, rows.get(1).getAsJsonObject().get("b64").getAsString());
    assertNotEquals(rows.get(1), rows.get(2));
  }

  @Test
  void thePageOffersABoxWhereTextsAreReadAndSaysWhatWasCut() throws Exception {
    String models = asked.get("/page/models").body();
    JsonArray list = JsonParser.parseString(models).getAsJsonObject().getAsJsonArray("models");
    for (var each : list) {
      JsonObject model = each.getAsJsonObject();
      boolean texts = model.get("name").getAsString().equals("texts");
      assertEquals(texts, model.has("tokens"), models);
      assertTrue(model.getAsJsonArray("conditions").isEmpty(), models);
    }
    assertEquals(
        "1 prompt has more than 8 tokens, start and end among them: the first are kept",
        page(LONG).get("note").getAsString());
    assertTrue(!page("a red square").has("note"));
    assertTrue(!asked.get("/").body().contains("maxlength"), "nothing is cut unsaid");
    String letters = ("\u7ea2".repeat(6) + " ").repeat(1000);
    assertTrue(page(letters).get("note").getAsString().startsWith("1 prompt has more than 8"));
    HttpResponse<String> refused =
        asked.get("/page/images?model=texts&prompt=" + "a".repeat(Tokenizer.MOST_LETTERS));
    assertEquals(414, refused.statusCode(), refused.body());
    assertTrue(refused.body().contains("larger than 65536 bytes"), refused.body());
  }

  @Test
  void whatIsNoTextIsRefused() throws Exception {
    assertTrue(
        refused("texts", body("\"seed\": [7], \"prompt\": [[\"a\"]]"))
            .contains("expected DT_STRING"));
    refused("texts", body("\"seed\": [7], \"prompt\": [7]"));
    String tooLong = "a".repeat(Tokenizer.MOST_LETTERS + 1);
    assertTrue(
        refused("texts", body("\"seed\": [7], \"prompt\": [\"" + tooLong + "\"]"))
            .contains("no more than " + Tokenizer.MOST_LETTERS));
    String many = String.join(", ", java.util.Collections.nCopies(65, "\"\""));
    assertTrue(
        refused("texts", body("\"seed\": [7], \"prompt\": [" + many + "]"))
            .contains("Task size 65"));
    assertTrue(
        refused("texts", body("\"seed\": [7]"))
            .contains("Missing named input: tokens (or prompt)"));
    assertTrue(
        refused("texts", body("\"seed\": [7], \"prompt\": [\"\\ud83d\"]"))
            .contains("half of a surrogate pair"));
    assertTrue(
        refused("tiny", body("\"seed\": [7], \"prompt\": [\"a\"]"))
            .contains("Missing named input: label"));
    assertTrue(
        refused("texts", body("\"seed\": [7], \"prompt\": [\"a\"], \"tokens\": [[1, 2]]"))
            .contains("send one of them"));
    HostTensor noText = HostTensor.of(Shape.of(1), List.of(ByteString.copyFrom(new byte[] {-1})));
    assertTrue(refusedCall(request(noText, "prompt")).contains("not UTF-8"));
    ByteString unread =
        ByteString.copyFrom(new byte[] {-1})
            .concat(ByteString.copyFrom(new byte[4 * Tokenizer.MOST_LETTERS]));
    HostTensor large = HostTensor.of(Shape.of(1), List.of(unread));
    assertTrue(refusedCall(request(large, "prompt")).contains("expected no more than 65536"));
    HostTensor text = HostTensor.of(Shape.of(1), List.of(ByteString.copyFromUtf8("a")));
    assertTrue(refusedCall(request(text, "prompt", "tokens")).contains("send one of them"));
  }

  private static String refusedCall(PredictRequest request) {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> asked.predict(request));
    assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode());
    return e.getMessage();
  }

  /** They would fail the whole batch, with others' rows in it. */
  @Test
  void numbersThatAreNoTokensAreRefusedBeforeTheyJoinABatch() throws Exception {
    for (int id : new int[] {-1, tokenizer.vocabulary(), Integer.MAX_VALUE}) {
      String row = "[" + id + ", 1, 1, 1, 1, 1, 1, 1]";
      assertTrue(
          refused("texts", body("\"seed\": [7], \"tokens\": [" + row + "]"))
              .contains("holds " + id + ", expected 0 to " + (tokenizer.vocabulary() - 1)));
    }
  }

  /** One whose tokenizer is damaged still takes tokens. */
  @Test
  void withoutATokenizerThereAreTokensAlone() throws Exception {
    TinyStudent.writeOfTexts(folder.resolve("damaged/1"), 1);
    Files.writeString(folder.resolve("damaged/1/assets.extra/tokenizer/merges.txt"), "a b c d");
    try (Asked other = new Asked(folder.resolve("damaged"))) {
      String tokens = body("\"seed\": [7], \"tokens\": [" + ids("nothing") + "]");
      assertEquals(200, other.post("/v1/models/damaged:predict", tokens).statusCode());
      String text = body("\"seed\": [7], \"prompt\": [\"nothing\"]");
      assertEquals(400, other.post("/v1/models/damaged:predict", text).statusCode());
    }
  }
}
