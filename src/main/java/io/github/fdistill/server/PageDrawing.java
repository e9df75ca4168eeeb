package io.github.fdistill.server;

import com.google.protobuf.ByteString;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.network.Context;
import io.github.fdistill.wire.HostTensor;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * How the page gets pictures of a version.
 *
 * @param signature that is asked
 * @param student whether that makes whole images of seeds; else it is a teacher's, which denoises
 */
record PageDrawing(ModelVersion version, Signature signature, boolean student) {
  private static final String PNG = "png";
  private static final String IMAGES = "serving_default";
  private static final String TEACHER = "denoise";
  private static final Set<String> OF_STUDENT = Set.of("seed");
  private static final Set<String> OF_TEACHER = Set.of("x", "sigma");

  /**
   * A student's PNGs, or its images where it was exported without them: a teacher's sampler would
   * make others of it. Empty where neither it nor a teacher makes pictures, grey or RGB.
   */
  static Optional<PageDrawing> of(ModelVersion version) {
    if (version.signatureNames().contains(PNG)) {
      return Optional.of(new PageDrawing(version, signature(version, PNG), true));
    }
    boolean student = isStudent(version);
    String name = student ? IMAGES : TEACHER;
    if (!version.signatureNames().contains(name)) {
      return Optional.empty();
    }
    Signature signature = signature(version, name);
    boolean pictures =
        student
            ? signature.outputs().values().stream()
                .allMatch(image -> image.getDtype() == DataType.DT_UINT8 && isOfPictures(image))
            : isOfPictures(signature.inputs().getOrDefault("x", TensorInfo.getDefaultInstance()));
    return pictures ? Optional.of(new PageDrawing(version, signature, student)) : Optional.empty();
  }

  /** Of a version that the page does not draw: why, and what does. */
  static String why(ModelVersion version) {
    String name = isStudent(version) ? IMAGES : TEACHER;
    return version.signatureNames().contains(name)
        ? "what it draws is no picture, grey or RGB: ./fdistill sample FOLDER draws it, latents by"
            + " the decoder that lies in the folder"
        : "it draws no images: it has no signature " + name;
  }

  private static boolean isStudent(ModelVersion version) {
    return version.info().getStudentSigma() > 0;
  }

  /**
   * What is to be known of it: that it takes what text encoders make, which are not in its graph.
   *
   * @param model its name
   */
  Optional<String> said(String model) {
    return signature.inputs().containsKey(Context.CONTEXT)
        ? Optional.of(
            "The page reads no prompts for it: its text encoders are not in its graph. Where they"
                + " lie in its folder, "
                + (student
                    ? "./fdistill request " + model + " --prompt \"red apple\" asks it for one."
                    : "./fdistill sample FOLDER --prompt \"red apple\" draws one."))
        : Optional.empty();
  }

  private static Signature signature(ModelVersion version, String name) {
    return version.signature(name, Status.Code.FAILED_PRECONDITION);
  }

  private static boolean isOfPictures(TensorInfo images) {
    TensorShapeProto shape = images.getTensorShape();
    return shape.getDimCount() == 4 && Images.areOf(shape.getDim(3).getSize());
  }

  /** What is asked for beside seeds, or beside noisy images; empty: the page cannot ask for it. */
  Optional<Conditioning> conditioning() {
    return PageConditions.of(
        signature, student ? OF_STUDENT : OF_TEACHER, version.info().getClasses());
  }

  /** The PNGs of a student's answer. */
  static List<byte[]> pngs(Map<String, HostTensor> outputs) {
    HostTensor answer = outputs.values().iterator().next();
    return answer.type() == DataType.DT_UINT8
        ? encoded(answer)
        : answer.strings().stream().map(ByteString::toByteArray).toList();
  }

  /** Of bytes [N,H,W,C]; one picture at a time, which takes four times as much as numbers. */
  private static List<byte[]> encoded(HostTensor answer) {
    byte[] bytes = answer.bytes();
    Shape shape = answer.shape();
    int height = (int) shape.get(1);
    int width = (int) shape.get(2);
    int channels = (int) shape.get(3);
    float[] values = new float[height * width * channels];
    Images one = new Images(values, height, width, channels);
    List<byte[]> pngs = new ArrayList<>();
    for (int start = 0; start < bytes.length; start += values.length) {
      Images.toDataUnits(bytes, start, values.length, values, 0);
      pngs.add(PngFile.bytes(one, 0));
    }
    return pngs;
  }
}
