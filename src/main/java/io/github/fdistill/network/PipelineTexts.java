package io.github.fdistill.network;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.PipelineInfo;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;

/** The text encoders of a pipeline, loaded: by them texts become what its network takes. */
public final class PipelineTexts implements AutoCloseable {
  private final Shape image;
  private final List<Loaded> encoders = new ArrayList<>();

  /** One of them. */
  private record Loaded(Tokenizer tokenizer, int length, boolean pooled, PartSession session) {}

  /**
   * Loads them.
   *
   * @throws io.github.fdistill.InputException when one cannot be read
   */
  public PipelineTexts(Pipeline pipeline) {
    image = pipeline.image();
    try {
      pipeline.info().getTextEncoderList().forEach(each -> encoders.add(load(pipeline, each)));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static Loaded load(Pipeline pipeline, PipelineInfo.TextEncoder each) {
    Tokenizer tokenizer = TokenizerFiles.read(pipeline.folder().resolve(each.getTokenizer()));
    PartModel part =
        PartModel.read(
            pipeline.folder().resolve(each.getModel()),
            ClipText.SIGNATURE,
            ClipText.outputs(each.getPooled()));
    int length =
        Math.toIntExact(part.function().placeholders().values().iterator().next().shape().get(1));
    return new Loaded(tokenizer.ofLength(length), length, each.getPooled(), new PartSession(part));
  }

  /** What the network takes of each text: context, and where it takes them pooled and sizes. */
  public ConditionRows rows(List<String> texts) {
    List<float[]> contexts = new ArrayList<>();
    float[] pooled = null;
    int length = 0;
    for (Loaded each : encoders) {
      Map<String, float[]> said = Pipeline.encoded(each.session(), each.tokenizer(), texts);
      contexts.add(said.get(Context.CONTEXT));
      pooled = each.pooled() ? said.get(Context.POOLED) : pooled;
      length = each.length();
    }
    return Pipeline.rows(texts.size(), length, contexts, pooled, image);
  }

  @Override
  public void close() {
    encoders.forEach(each -> each.session().close());
  }
}
