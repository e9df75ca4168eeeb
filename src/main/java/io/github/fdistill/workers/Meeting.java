package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The workers of a team find each other: each calls the first, which takes or refuses it. */
final class Meeting {
  /** Hosts that are this machine, whichever it is. */
  private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.[0-9.]+|\\[::1\\]");

  private static final long PAUSE_MILLIS = 200;

  /** For a caller to say who it is, at most; a fifth of the time that workers are waited for. */
  private static final Duration HELLO = Duration.ofSeconds(5);

  private static final int PARTS = 5;

  private final Team team;
  private final Greeting greeting;
  private final Duration patience;
  private final String again;
  private final Duration hello;
  private final long end;

  Meeting(Team team, Crew.Terms terms) {
    this.team = team;
    greeting = Greeting.of(team, terms.version(), terms.work());
    patience = terms.patience();
    again = "start all workers again: " + terms.then();
    Duration part = patience.dividedBy(PARTS);
    hello = part.compareTo(HELLO) < 0 ? part : HELLO;
    end = System.nanoTime() + patience.toNanos();
  }

  /** Opens the door of the first worker, at the address that it is named by and at no other. */
  ServerSocket door() throws IOException {
    Address first = team.workers().get(0);
    InetAddress host = host(first);
    ServerSocket door = new ServerSocket();
    try {
      door.setReuseAddress(true);
      door.bind(new InetSocketAddress(host, first.port() + 1));
      return door;
    } catch (IOException e) {
      door.close();
      throw new InputException(
          first.toString(),
          "worker 0 cannot listen at port " + (first.port() + 1) + ": " + e.getMessage(),
          "an address of this machine, and two free ports: " + first.port() + " and the next",
          "name the address that this machine has, or other ports; or end what listens there",
          e);
    }
  }

  /** The first worker's own address, whose name may become known only when it is up. */
  private InetAddress host(Address first) {
    while (true) {
      try {
        return reached(first, InetAddress.getByName(first.socketHost()));
      } catch (UnknownHostException e) {
        if (System.nanoTime() >= end) {
          throw new InputException(
              first.toString(),
              first.why(e) + ", by which worker 0 is to listen",
              "a name or an address of this machine",
              "name the address itself; where names become known late: --patience SECONDS",
              e);
        }
        pause("its own name was looked up");
      }
    }
  }

  /** Its own address, unless that is one for itself alone and others are elsewhere. */
  private InetAddress reached(Address first, InetAddress own) {
    boolean alone =
        team.workers().stream()
            .map(Address::host)
            .allMatch(host -> host.equals(first.host()) || LOOPBACK.matcher(host).matches());
    if (own.isLoopbackAddress() && !alone) {
      throw new InputException(
          first.toString(),
          first.host() + " is " + own.getHostAddress() + " here, where no other machine reaches it",
          "the address that worker 0 has for the others",
          "name that address; or take " + first.host() + " out of its line in /etc/hosts");
    }
    return own;
  }

  /**
   * The first worker's part: waits for all others.
   *
   * @throws InputException when one does not come, or one comes that does not fit
   */
  Map<Integer, Link> welcome(ServerSocket door) throws IOException {
    Map<Integer, Link> links = new TreeMap<>();
    try {
      while (links.size() < team.workers().size() - 1) {
        Optional<Link> caller = caller(door, links);
        if (caller.isPresent()) {
          take(caller.get(), links);
        }
      }
      for (Link link : links.values()) {
        link.send(Message.of(Message.Kind.WELCOME, ""));
      }
      return links;
    } catch (InputException e) {
      links.values().forEach(link -> refuse(link, e));
      throw e;
    } catch (IOException e) {
      InputException told = unfit(String.valueOf(e.getMessage()), again);
      links.values().forEach(link -> refuse(link, told));
      throw e;
    }
  }

  private Optional<Link> caller(ServerSocket door, Map<Integer, Link> links) throws IOException {
    long left = (end - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      String missing =
          IntStream.range(1, team.workers().size())
              .filter(i -> !links.containsKey(i))
              .mapToObj(team::name)
              .collect(Collectors.joining(", "));
      throw new InputException(
          missing,
          "nothing heard of it in " + patience.toSeconds() + " s",
          "all " + team.workers().size() + " workers, each started with its own number",
          "start it, or see why it cannot reach worker 0, "
              + team.workers().get(0).host()
              + " at port "
              + (team.workers().get(0).port() + 1)
              + "; where machines start slowly: --patience SECONDS");
    }
    door.setSoTimeout((int) Math.min(left, PAUSE_MILLIS));
    try {
      return link(door.accept());
    } catch (SocketTimeoutException e) {
      return Optional.empty();
    }
  }

  /** Whoever calls; nothing where it is gone already. */
  private Optional<Link> link(Socket caller) throws IOException {
    try {
      return Optional.of(new Link(caller, hello));
    } catch (IOException e) {
      caller.close();
      return Optional.empty();
    }
  }

  /** Takes a worker in; whoever is none is sent away without a word. */
  private void take(Link caller, Map<Integer, Link> links) throws IOException {
    Optional<Greeting> other = greeting(caller);
    if (other.isEmpty()) {
      caller.close();
      return;
    }
    Optional<String> refusal = greeting.refusal(other.get());
    int worker = other.get().worker();
    if (links.containsKey(worker) && links.get(worker).hasEnded()) {
      links.remove(worker).close(); // A scheduler has started it again meanwhile.
    }
    if (refusal.isEmpty() && (links.containsKey(worker) || worker == 0)) {
      refusal =
          Optional.of(
              "two were started as worker "
                  + worker
                  + ": at "
                  + (worker == 0 ? "worker 0's own address" : links.get(worker).peer())
                  + " and at "
                  + caller.peer());
    }
    if (refusal.isPresent()) {
      InputException e =
          new InputException(
              "worker " + worker + " (from " + caller.peer() + ")",
              refusal.get(),
              "the same program, settings and list of workers on all, and a number for each",
              "start it as the others are, then " + again);
      refuse(caller, e);
      throw e;
    }
    caller.patience(patience);
    links.put(worker, caller);
  }

  /** What a caller says of itself; nothing where that takes too long, though each byte comes. */
  private Optional<Greeting> greeting(Link caller) {
    Executor later = CompletableFuture.delayedExecutor(hello.toMillis(), TimeUnit.MILLISECONDS);
    CompletableFuture<Void> late = CompletableFuture.runAsync(caller::close, later);
    try {
      Optional<Greeting> said = Greeting.of(caller.read());
      return late.cancel(false) ? said : Optional.empty();
    } catch (IOException e) {
      late.cancel(false);
      return Optional.empty();
    }
  }

  private InputException unfit(String found, String remedy) {
    return new InputException(team.name(0), found, "workers that fit together", remedy);
  }

  private static void refuse(Link link, InputException why) {
    try {
      link.send(Message.of(Message.Kind.REFUSED, why));
    } catch (IOException e) {
      // It is gone already.
    }
    link.close();
  }

  /** Later callers, until the door is closed: a number that is taken is not given twice. */
  void sendAway(ServerSocket door) {
    try {
      door.setSoTimeout(0);
      while (true) {
        Optional<Link> caller = link(door.accept());
        if (caller.isPresent()) {
          sendAway(caller.get());
        }
      }
    } catch (IOException e) {
      // The door is closed.
    }
  }

  private void sendAway(Link caller) {
    if (greeting(caller).isPresent()) {
      refuse(caller, unfit("it is at work with others already", "let it end first"));
    }
    caller.close();
  }

  /**
   * Another worker's part: calls the first until it is there.
   *
   * @throws InputException when it is not there in time, or refuses
   */
  Link call() throws IOException {
    Address first = team.workers().get(0);
    String last = "nobody listens";
    while (System.nanoTime() < end) {
      Socket socket = new Socket();
      try {
        socket.connect(
            new InetSocketAddress(first.socketHost(), first.port() + 1),
            (int) Math.min(patience.toMillis(), 2000));
        Link link = new Link(socket, patience.plus(HELLO));
        link.send(greeting.message());
        return answered(link);
      } catch (IOException e) {
        socket.close();
        last = first.why(e);
        pause("worker 0 was called");
      }
    }
    throw new InputException(
        team.name(0),
        "it does not answer at port " + (first.port() + 1) + ": " + last,
        "worker 0, within " + patience.toSeconds() + " s",
        "start it; see that its name is known here, and open both of its ports to this machine;"
            + " where machines start slowly: --patience SECONDS");
  }

  private Link answered(Link link) throws IOException {
    Message answer = link.read();
    if (answer.kind() == Message.Kind.REFUSED) {
      link.close();
      InputException why = answer.why(team.name(0));
      String found =
          "it ends, or takes no worker " + team.worker() + ": " + why.where() + ": " + why.found();
      throw new InputException(team.name(0), found, why.needed(), why.remedy());
    }
    link.patience(patience);
    return link;
  }

  private static void pause(String what) {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + what, e);
    }
  }
}
