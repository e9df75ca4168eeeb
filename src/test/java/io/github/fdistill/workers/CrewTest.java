package io.github.fdistill.workers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Eventually;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever one worker does, the others know it, and end with its name. */
class CrewTest {
  /** Where nothing is to be said of silence: a machine that is busy is silent too. */
  private static final Crew.Terms PATIENT = Crews.terms("1", "steps: 3", 30);

  /** A worker that says who it is and then does nothing, by itself. */
  private static Link mute(String addresses, int worker) throws Exception {
    Team team = Team.of("test", addresses, worker);
    Address first = team.workers().get(0);
    while (true) {
      try {
        Link link = new Link(new Socket(first.host(), first.port() + 1), Duration.ofSeconds(9));
        link.send(Greeting.of(team, "1", "steps: 3").message());
        link.read();
        return link;
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
  }

  /** Where TensorFlow would listen: a system answers for a process that is frozen. */
  private static ServerSocket port(String addresses, int worker) throws IOException {
    int port = Team.of("test", addresses, worker).workers().get(worker).port();
    return new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
  }

  /** Both hear the first worker, and sums between them would wait for ever. */
  @Test
  void whoDoesNotReachAnotherSaysSo() throws Exception {
    String all = Crews.addresses(3);
    CompletableFuture<String> cut = new CompletableFuture<>();
    Team team = Team.of("test", all, 1);
    try (ServerSocket first = port(all, 0);
        ServerSocket other = port(all, 2);
        Reach reach = Reach.watch(team, Duration.ofSeconds(2), cut::complete)) {
      other.accept().close();
      assertFalse(cut.isDone());
      other.close();
      String why = cut.get(60, TimeUnit.SECONDS);
      assertTrue(why.startsWith("it does not reach worker 2 (127.0.0.1"), why);
      assertTrue(why.contains("for 2 s: ") && first.isBound(), why);
    }
  }

  @Test
  void ordersGoToAllAndReportsComeInTheOrderOfTheirNumbers() throws Exception {
    List<String> results =
        Crews.run(
            3,
            crew -> {
              crew.requireSame("teacher: 1");
              List<String> notes = new ArrayList<>();
              OneKind.require(crew, crew.worker() < 2 ? "CPU: a" : "CPU: b", notes::add);
              String two = crew.name(2) + " computes on CPU: b, worker 0 on CPU: a";
              assertEquals(crew.leads() ? 1 : 0, notes.size());
              assertTrue(notes.stream().allMatch(note -> note.endsWith(": " + two)), two);
              if (!crew.leads()) {
                Order order = crew.ordered();
                crew.report(crew.worker(), order.numbers()[0]);
                return order.kind() + " " + new String(order.body());
              }
              crew.order(Order.build(7, 9, "x: 1".getBytes()));
              List<double[]> reports = crew.reports(2);
              assertArrayEquals(new double[] {1, 7}, reports.get(0));
              assertArrayEquals(new double[] {2, 7}, reports.get(1));
              return "";
            });
    assertEquals(List.of("", "BUILD x: 1", "BUILD x: 1"), results);
  }

  /** Whatever listens there may be gone the next time. */
  @Test
  void whoCannotListenSaysSoAndMayGoAnotherTime() throws Exception {
    String all = Crews.addresses(2);
    CompletableFuture<Loss> lost = new CompletableFuture<>();
    Team second = Team.of("test", all, 1);
    Crews.together(
        List.<Callable<Void>>of(
            () -> {
              try (Crew crew = Crew.meet(Team.of("test", all, 0), PATIENT, lost::complete)) {
                lost.get(60, TimeUnit.SECONDS);
                return null;
              }
            },
            () -> {
              try (ServerSocket taken = port(all, 1);
                  Crew crew = Crew.meet(second, PATIENT, why -> {})) {
                InputException e = assertThrows(InputException.class, crew::serve);
                assertTrue(e.getMessage().contains("listen at port " + taken.getLocalPort()));
                assertEquals(new Loss(e, true), crew.fail(e, e));
                return null;
              }
            }));
    assertTrue(lost.join().again() && lost.join().why().getMessage().contains("cannot listen"));
  }

  /** What two workers end with that ask each other for something. */
  private static InputException refusal(Consumer<Crew> asking) {
    return assertThrows(
        InputException.class,
        () ->
            Crews.run(
                2,
                crew -> {
                  asking.accept(crew);
                  return crew.leads() ? "" : crew.ordered().toString();
                }));
  }

  @Test
  void filesThatDifferAreNamedByAll() throws Exception {
    InputException e = refusal(crew -> crew.requireSame("teacher: " + crew.worker()));
    assertTrue(e.getMessage().contains("'teacher: 1' where worker 0 has 'teacher: 0'"));
    assertTrue(e.getMessage().contains("with their times (rsync -a, cp -p)"), e.getMessage());
  }

  @Test
  void imagesAreSharedOutAmongDevicesOfOneKind() {
    InputException e =
        refusal(crew -> OneKind.require(crew, crew.leads() ? "CPU: a" : "GPU", note -> {}));
    String found = "): it computes on a GPU where worker 0 has a CPU";
    assertTrue(e.getMessage().contains(found), e.getMessage());
  }

  /**
   * The messages that workers end with when the one after them is lost so.
   *
   * @param others how many these are: 1 where silence ends them, of which a busy machine makes some
   */
  private static List<String> whenLost(int others, Crew.Terms terms, boolean closes)
      throws Exception {
    String all = Crews.addresses(others + 1);
    List<CompletableFuture<Loss>> heard = new ArrayList<>();
    List<Callable<String>> workers = new ArrayList<>();
    for (int i = 0; i < others; i++) {
      int worker = i;
      CompletableFuture<Loss> lost = new CompletableFuture<>();
      heard.add(lost);
      workers.add(
          () ->
              assertThrows(
                      InputException.class,
                      () -> {
                        try (Crew crew = Crews.join(all, worker, terms, lost::complete)) {
                          Object what = crew.leads() ? crew.reports(1) : crew.ordered();
                          throw new AssertionError(what);
                        }
                      })
                  .getMessage());
    }
    workers.add(
        () -> {
          try (ServerSocket port = port(all, others);
              Link mute = mute(all, others)) {
            assertNoneLooksBeforeAllListen(all, port, mute);
            if (!closes) {
              assertThrows(IOException.class, () -> readOn(mute));
            }
          }
          return "";
        });
    List<String> said = Crews.together(workers).subList(0, others);
    for (int i = 0; i < others; i++) {
      Loss loss = heard.get(i).get(60, TimeUnit.SECONDS);
      assertEquals(said.get(i), loss.why().getMessage());
      assertTrue(loss.again());
    }
    return said;
  }

  /** One may be long about it, while it unpacks TensorFlow's libraries. */
  private static void assertNoneLooksBeforeAllListen(String all, ServerSocket port, Link last)
      throws Exception {
    int first = Team.of("test", all, 0).workers().get(0).port();
    assertTrue(Eventually.within(60, () -> listens(first)));
    port.setSoTimeout(200);
    assertThrows(SocketTimeoutException.class, port::accept);
    last.send(new Message(Message.Kind.REPORT, new byte[0]));
    port.setSoTimeout(60_000);
    port.accept().close();
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void readOn(Link link) throws IOException {
    while (true) {
      link.read();
    }
  }

  @Test
  void allEndWhenOneIsKilled() throws Exception {
    for (String said : whenLost(2, PATIENT, true)) {
      assertTrue(said.startsWith("worker 2 (127.0.0.1"), said);
      assertTrue(said.contains("its connection has ended"), said);
      assertTrue(said.contains("start all again: all is counted anew"), said);
    }
  }

  @Test
  void theOthersEndWhenOneIsFrozen() throws Exception {
    String said = whenLost(1, Crews.terms("1", "steps: 3", 5), false).get(0);
    assertTrue(said.startsWith("worker 1 (127.0.0.1"), said);
    assertTrue(said.contains("silent for 5 s"), said);
  }

  /** Also while it is brought what it does not take. */
  @Test
  @Timeout(240)
  void whoeverBringsAFrozenOneSomethingEndsToo() throws Exception {
    String all = Crews.addresses(2);
    Team first = Team.of("test", all, 0);
    Meeting meeting = new Meeting(first, PATIENT);
    CompletableFuture<Loss> lost = new CompletableFuture<>();
    Crew.Terms terms = Crews.terms("1", "steps: 3", 3);
    try (ServerSocket door = meeting.door()) {
      CompletableFuture<Map<Integer, Link>> frozen =
          CompletableFuture.supplyAsync(() -> assertDoesNotThrow(() -> meeting.welcome(door)));
      try (Crew crew = Crew.meet(Team.of("test", all, 1), terms, lost::complete)) {
        CompletableFuture<Void> brought =
            CompletableFuture.runAsync(() -> crew.bring(new float[1 << 23]));
        String said = lost.get(60, TimeUnit.SECONDS).why().getMessage();
        assertTrue(said.startsWith("worker 0 (127.0.0.1"), said);
        assertTrue(said.contains("silent for 3 s"), said);
        brought.get(60, TimeUnit.SECONDS);
      }
      frozen.join().values().forEach(Link::close);
    }
  }

  /** Else it would hear no more, and be waited for without end. */
  @Test
  void whoCannotTakeWhatItHearsEndsTheConnection() throws Exception {
    try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Link far = new Link(new Socket("127.0.0.1", door.getLocalPort()), Duration.ofSeconds(60));
        Link near = new Link(door.accept(), Duration.ofSeconds(60))) {
      CompletableFuture<String> lost = new CompletableFuture<>();
      near.start(
          message -> {
            throw new OutOfMemoryError("Java heap space");
          },
          lost::complete);
      far.send(Message.of(Message.Kind.NOTE, "any"));
      String why = lost.get(10, TimeUnit.SECONDS);
      assertTrue(why.contains("cannot be taken: java.lang.OutOfMemoryError: Java heap"), why);
      assertThrows(IOException.class, () -> readOn(far));
    }
  }

  @Test
  void whatOneRefusesIsNotTriedAgainByAll() throws Exception {
    String all = Crews.addresses(2);
    CompletableFuture<Loss> lost = new CompletableFuture<>();
    CompletableFuture<String> noted = new CompletableFuture<>();
    CountDownLatch met = new CountDownLatch(1);
    InputException refused = new InputException("batch_size", "3 images", "a multiple of 2", "4");
    Error unlinked = new UnsatisfiedLinkError("libtensorflow_cc.so.2"); // It stays so.
    Loss own =
        Crews.together(
                List.<Callable<Loss>>of(
                    () -> {
                      try (Crew crew = Crews.join(all, 0, PATIENT, lost::complete)) {
                        crew.onNote(noted::complete);
                        met.countDown();
                        assertThrows(InputException.class, () -> crew.reports(1));
                        return lost.get(60, TimeUnit.SECONDS);
                      }
                    },
                    () -> {
                      try (Crew crew = Crews.join(all, 1, PATIENT, why -> {})) {
                        met.await();
                        crew.note("cats/1.png\tx\n" + "y".repeat(1 << 22));
                        Loss first = crew.fail(refused, refused);
                        IOException full = new IOException("No space left on device");
                        InputException checkpoint =
                            new InputException("runs/a", "cannot be written", "room", "it", full);
                        assertTrue(crew.fail(checkpoint, checkpoint).again());
                        assertFalse(crew.fail(unlinked, refused).again());
                        return first;
                      }
                    }))
            .get(1);
    assertEquals(new Loss(refused, false), own);
    Loss told = lost.get(60, TimeUnit.SECONDS);
    assertFalse(told.again());
    String whole = "batch_size: 3 images\n  needed: a multiple of 2\n  remedy: 4";
    assertTrue(told.why().getMessage().endsWith("it has ended: " + whole), told.toString());
    assertEquals("cats/1.png\tx\n", noted.get(60, TimeUnit.SECONDS));
  }
}
