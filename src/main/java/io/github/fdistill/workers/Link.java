package io.github.fdistill.workers;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A connection between a worker and the first. Each side says every second that it is there; one
 * that is silent for too long counts as lost.
 */
final class Link implements AutoCloseable {
  private static final long BEAT_MILLIS = 1000;

  private final Socket socket;
  private Duration patience;
  private final DataInputStream in;
  private final DataOutputStream out;
  private volatile boolean closed;

  Link(Socket socket, Duration patience) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    patience(patience);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  /** Where the other side is. */
  String peer() {
    return String.valueOf(socket.getRemoteSocketAddress()).replaceFirst("^[^/]*/", "");
  }

  /** How long the other side may be silent. */
  void patience(Duration silence) throws IOException {
    patience = silence;
    socket.setSoTimeout(Math.toIntExact(silence.toMillis()));
  }

  synchronized void send(Message message) throws IOException {
    message.write(out);
  }

  /** The same, where it need not arrive: whoever reads hears why it did not. */
  void tell(Message message) {
    try {
      send(message);
    } catch (IOException e) {
      return;
    }
  }

  /** Whether the other side has ended, before {@link #start}: looks whether there is an end. */
  boolean hasEnded() {
    try {
      in.mark(1);
      socket.setSoTimeout(1);
      try {
        if (in.read() < 0) {
          return true;
        }
        in.reset();
      } catch (SocketTimeoutException e) {
        // It is there, and silent.
      }
      patience(patience);
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** The next message, before {@link #start}. */
  Message read() throws IOException {
    return Message.read(in);
  }

  /**
   * From now on beats are sent, and what comes is told of.
   *
   * @param heard takes each message but beats
   * @param lost hears why the connection ended, unless it was closed here; so it is where {@code
   *     heard} throws
   */
  void start(Consumer<Message> heard, Consumer<String> lost) {
    thread("worker-beats", this::beat);
    thread(
        "worker-link",
        () -> {
          try {
            while (true) {
              Message message = read();
              if (message.kind() != Message.Kind.BEAT) {
                heard.accept(message);
              }
            }
          } catch (IOException | RuntimeException | Error e) {
            boolean here = closed;
            close(); // A message on its way to who takes none would be waited for without end.
            if (!here) {
              lost.accept(reason(e));
            }
          }
        });
  }

  private static void thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void beat() {
    try {
      while (!closed) {
        send(new Message(Message.Kind.BEAT, new byte[0]));
        Thread.sleep(BEAT_MILLIS);
      }
    } catch (IOException | InterruptedException e) {
      // Whoever reads hears of it too.
    }
  }

  private String reason(Throwable e) {
    if (e instanceof SocketTimeoutException) {
      return "it has been silent for " + patience.toSeconds() + " s: frozen, or cut off";
    }
    if (e instanceof EOFException || e instanceof SocketException) {
      return "its connection has ended: the process or its machine is gone";
    }
    return e instanceof IOException ? "" + e.getMessage() : "what it sends cannot be taken: " + e;
  }

  @Override
  public void close() {
    closed = true;
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed.
    }
  }
}
