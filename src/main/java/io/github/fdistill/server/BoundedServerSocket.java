package io.github.fdistill.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Listens; of the connections that come when so many are open already, each is closed at once. */
final class BoundedServerSocket extends NioServerSocketChannel {
  private final AtomicInteger open = new AtomicInteger();
  private final int most;
  private final Consumer<ChannelPipeline> begin;

  /**
   * @param most connections
   * @param begin gives a new connection what stands before its protocol
   */
  BoundedServerSocket(int most, Consumer<ChannelPipeline> begin) {
    this.most = most;
    this.begin = begin;
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
    begin.accept(connection.pipeline());
    return count;
  }
}
