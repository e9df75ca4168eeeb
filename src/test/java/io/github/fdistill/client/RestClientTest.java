package io.github.fdistill.client;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever answers at a server's address, a client says so in words. */
class RestClientTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"metadata\": []}",
        "{\"metadata\": {\"signature_def\": {\"signature_def\": {\"png\": 1}}}}",
        "{\"metadata\": {\"signature_def\": {\"signature_def\": {\"png\": {\"inputs\": {\"seed\":"
            + " {\"tensor_shape\": {\"dim\": [{}]}}}}}}}}",
        "{\"metadata\": {\"signature_def\": {\"signature_def\": {\"png\": {\"inputs\": {\"seed\":"
            + " {\"tensor_shape\": {\"dim\": [{\"size\": null}]}}}}}}}}",
      })
  void otherJsonIsNoMetadata(String body) throws IOException {
    assertRefused("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body, "signatures in JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "", "-5", "99999999999999999999"})
  void aLengthThatIsNoneIsNoAnswer(String length) throws IOException {
    assertRefused("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n{}", "cannot be");
  }

  private void assertRefused(String answer, String found) throws IOException {
    Path file = Files.writeString(folder.resolve("answer"), answer);
    String said =
        assertThrows(InputException.class, () -> ClientFiles.readMetadata(file)).getMessage();
    assertTrue(said.contains(found), said);
  }
}
