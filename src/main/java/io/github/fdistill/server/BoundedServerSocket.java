package io.github.fdistill.server;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Listens; of the connections that come when so many are open already, each is closed at once. */
final class BoundedServerSocket extends NioServerSocketChannel {
  private final AtomicInteger open = new AtomicInteger();
  private final int most;

  BoundedServerSocket(int most) {
    this.most = most;
  }

  @Override
  protected int doReadMessages(List<Object> accepted) throws Exception {
    int count = super.doReadMessages(accepted);
    if (count < 1) {
      return count;
    }
    Channel connection = (Channel) accepted.get(accepted.size() - 1);
    if (open.incrementAndGet() > most) {
      open.decrementAndGet();
      accepted.remove(accepted.size() - 1);
      connection.unsafe().closeForcibly();
      return 0;
    }
    connection.closeFuture().addListener(closed -> open.decrementAndGet());
    return count;
  }
}
