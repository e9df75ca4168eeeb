package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What a worker is told by its surroundings and by others, as files, and its reading. */
public final class WorkersFiles {
  private static final Team TEAM = Team.of("test", "a:2222,b:2222", 0);

  private WorkersFiles() {}

  public static void tfConfig(Path to) throws IOException {
    Files.writeString(
        to,
        "{\"cluster\": {\"chief\": [\"a:2222\"], \"worker\": [\"b:2222\", \"[::1]:2222\"]},"
            + " \"task\": {\"type\": \"worker\", \"index\": 0}}");
  }

  public static void readTfConfig(Path file) throws IOException {
    TfConfig.team(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
  }

  /** Variables, a line each. */
  public static void slurm(Path to) throws IOException {
    Files.writeString(
        to,
        """
        SLURM_STEP_NODELIST=gpu[01-03,7],login
        SLURM_STEP_TASKS_PER_NODE=2(x3),1,2
        SLURM_JOB_ID=1234
        SLURM_PROCID=3
        """);
  }

  public static void readSlurm(Path file) throws IOException {
    Map<String, String> variables = new HashMap<>();
    for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n")) {
      String[] parts = line.split("=", 2);
      variables.put(parts[0], parts[parts.length - 1]);
    }
    Slurm.team(variables);
  }

  /** What another worker sends: who it is, that it is there, and numbers. */
  public static void call(Path to) throws IOException {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(sent);
    Greeting.of(Team.of("test", "a:2222,b:2222", 1), "1", "train\nseed: 1").message().write(out);
    new Message(Message.Kind.BEAT, new byte[0]).write(out);
    Numbers.few(1, 2).write(out);
    Message.of(Message.Kind.UNFIT, new InputException("a", "b", "c", "d")).write(out);
    Files.write(to, sent.toByteArray());
  }

  public static void readCall(Path file) throws IOException {
    Greeting ours = Greeting.of(TEAM, "1", "train\nseed: 1");
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)));
    try {
      while (true) {
        Message message = Message.read(in);
        Greeting.of(message).flatMap(ours::refusal);
        message.why("another");
      }
    } catch (IOException e) {
      // The connection counts as lost.
    }
  }
}
