package io.github.fdistill.server;

import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import java.io.InputStream;
import java.util.zip.InflaterInputStream;

/** Messages that a client has compressed with zlib, which gRPC's other libraries call deflate. */
final class Deflate implements Decompressor {
  private Deflate() {}

  /** What gRPC knows by itself, and this. */
  static DecompressorRegistry added() {
    return DecompressorRegistry.getDefaultInstance().with(new Deflate(), true);
  }

  @Override
  public String getMessageEncoding() {
    return "deflate";
  }

  @Override
  public InputStream decompress(InputStream is) {
    return new InflaterInputStream(is);
  }
}
