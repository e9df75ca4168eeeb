package io.github.fdistill.workers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Workers find each other, or say who is missing or does not fit. */
class MeetingTest {
  private static final Crew.Terms SOON = Crews.terms("1", "steps: 3", 2);

  /** Where nothing is to be said of silence: a machine that is busy is silent too. */
  private static final Crew.Terms PATIENT = Crews.terms("1", "steps: 3", 30);

  /** How a worker's meeting ended: with this refusal. */
  private static String refusal(String addresses, int worker, Crew.Terms terms) {
    InputException e =
        assertThrows(
            InputException.class, () -> Crews.join(addresses, worker, terms, why -> {}).close());
    return e.getMessage();
  }

  private static Callable<String> refused(String addresses, int worker, Crew.Terms terms) {
    return () -> refusal(addresses, worker, terms);
  }

  @Test
  void otherSettingsAreNamedByAll() throws Exception {
    String all = Crews.addresses(2);
    Crew.Terms other = Crews.terms("1", "steps: 4", 30);
    for (String said : Crews.together(List.of(refused(all, 0, PATIENT), refused(all, 1, other)))) {
      assertTrue(said.contains("worker 1"), said);
      assertTrue(said.contains("'steps: 4' where worker 0 has 'steps: 3'"), said);
      assertEquals(2, said.split("needed: ").length, said);
      assertTrue(said.contains("remedy: start it as the others are"), said);
    }
  }

  @Test
  void twoOfOneNumberAreNamed() throws Exception {
    String all = Crews.addresses(3);
    for (String said :
        Crews.together(
            List.of(
                refused(all, 0, PATIENT), refused(all, 1, PATIENT), refused(all, 1, PATIENT)))) {
      assertTrue(said.contains("two were started as worker 1"), said);
      assertTrue(said.contains("start all workers again: all is counted anew"), said);
    }
  }

  /** As a scheduler starts one again while the others are waited for. */
  @Test
  void theNextOfANumberIsTakenWhereTheFirstIsGone() throws Exception {
    String all = Crews.addresses(3);
    Meeting meeting = new Meeting(Team.of("test", all, 0), PATIENT);
    List<Link> callers = new ArrayList<>();
    try (ServerSocket door = meeting.door()) {
      for (int worker : new int[] {1, 1, 2}) {
        Link link = new Link(new Socket("127.0.0.1", door.getLocalPort()), Duration.ofSeconds(60));
        link.send(Greeting.of(Team.of("test", all, worker), "1", "steps: 3").message());
        callers.add(link);
        if (callers.size() == 1) {
          link.close();
        }
      }
      meeting.welcome(door);
      for (Link link : callers.subList(1, 3)) {
        assertEquals(Message.Kind.WELCOME, link.read().kind());
      }
    } finally {
      callers.forEach(Link::close);
    }
  }

  @Test
  void whoNeverComesIsNamed() throws Exception {
    String all = Crews.addresses(2);
    String here = Team.of("test", all, 0).name(1);
    assertTrue(refusal(all, 0, SOON).startsWith(here + ": nothing heard"));
    String own = all.split(",")[0];
    String alone = refusal(own + ",10.0.0.9:2222", 0, SOON);
    assertTrue(alone.contains("127.0.0.1 here, where no other machine reaches it"), alone);
    String nobody = refusal(Crews.addresses(2), 1, SOON);
    assertTrue(nobody.startsWith("worker 0 (127.0.0.1"), nobody);
    String misspelt = refusal("typo.invalid:2222," + own, 1, Crews.terms("1", "steps: 3", 0.2));
    assertTrue(misspelt.contains("port 2223: nobody knows the name typo.invalid"), misspelt);
  }

  @Test
  void aStrangerWhoNeverComesToAnEndHoldsNobodyUp() throws Exception {
    String all = Crews.addresses(2);
    int port = Team.of("test", all, 0).workers().get(0).port() + 1;
    CompletableFuture<Void> inside = new CompletableFuture<>();
    List<Callable<String>> callers = new ArrayList<>();
    callers.add(() -> refusal(all, 0, Crews.terms("1", "steps: 3", 4)));
    callers.add(
        () -> {
          long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
          while (System.nanoTime() < end) {
            try (Socket stranger = new Socket("127.0.0.1", port)) {
              stranger.getOutputStream().write(new byte[] {0, 0, 0, 16, 0}); // 4096 letters.
              while (System.nanoTime() < end) {
                stranger.getOutputStream().write('a');
                inside.complete(null);
                Thread.sleep(100);
              }
            } catch (IOException e) {
              if (inside.isDone()) {
                return "sent away";
              }
              Thread.sleep(20);
            }
          }
          return "still there";
        });
    List<String> said = Crews.together(callers);
    assertTrue(said.get(0).contains("nothing heard"), said.get(0));
    assertEquals("sent away", said.get(1));
  }

  @Test
  void strangersAtTheDoorAreSentAwayAndNoMore() throws Exception {
    String all = Crews.addresses(2);
    int port = Team.of("test", all, 0).workers().get(0).port() + 1;
    List<Callable<String>> callers = new ArrayList<>();
    callers.add(
        () -> {
          try (Crew crew = Crews.join(all, 0, Crews.terms("1", "", 20), why -> {})) {
            crew.end(true);
            return crew.workers() + " workers";
          }
        });
    callers.add(
        () -> {
          for (int tries = 0; tries < 2; ) {
            try (Socket stranger = new Socket("127.0.0.1", port)) {
              stranger.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes());
              stranger.getInputStream().read();
              tries++;
            } catch (IOException e) {
              Thread.sleep(50);
            }
          }
          try (Crew crew = Crews.join(all, 1, Crews.terms("1", "", 20), why -> {})) {
            return crew.ordered().kind().name();
          }
        });
    assertEquals("2 workers", Crews.together(callers).get(0));
  }
}
