package io.github.fdistill.doctor;

import io.github.fdistill.device.CudaLibraries;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What TensorFlow needs for a GPU, beside the driver.
 *
 * @param driver whether there is one
 * @param gpuBuild whether TensorFlow's natives are the ones for GPUs
 * @param fromMaven whether CUDA's libraries are on the class path
 * @param unloadable those of the libraries that cannot be loaded, with the loader's words
 * @param cuda13 whether CUDA 13 is installed
 */
record GpuNeeds(
    boolean driver,
    boolean gpuBuild,
    boolean fromMaven,
    Map<String, String> unloadable,
    boolean cuda13) {
  private static final String CUDA = "CUDA libraries";

  /** Empty where neither the machine nor the build is for GPUs. */
  List<Finding> findings(Rebuilding anew) {
    if (!gpuBuild) {
      return driver ? List.of(cpuBuild(anew)) : List.of();
    }
    List<Finding> findings = new ArrayList<>();
    Map<String, String> cuda = new LinkedHashMap<>(unloadable);
    String reason = cuda.remove(CudaLibraries.DRIVER);
    if (reason != null) {
      findings.add(
          Finding.absent(
              CudaLibraries.DRIVER,
              reason,
              "it comes with NVIDIA's driver; a container needs NVIDIA_DRIVER_CAPABILITIES=compute"));
    }
    findings.add(cuda.isEmpty() ? loadable() : missing(cuda, anew));
    return findings;
  }

  private static Finding cpuBuild(Rebuilding anew) {
    return Finding.warning(
        "GPU natives", "not in this build: it computes on the CPU alone", anew.with("gpu"));
  }

  private Finding loadable() {
    return Finding.found(CUDA, "CUDA 12 and cuDNN 9" + (fromMaven ? ", from Maven" : ""));
  }

  private Finding missing(Map<String, String> cuda, Rebuilding anew) {
    List<String> texts = new ArrayList<>();
    cuda.forEach(
        (name, why) ->
            texts.add(why.startsWith(name + ": cannot open") ? name : name + " (" + why + ")"));
    return Finding.absent(
        CUDA,
        String.join(", ", texts)
            + (cuda13 ? "; CUDA 13 is here, which this TensorFlow does not know" : ""),
        "put CUDA 12's and cuDNN 9's folders on LD_LIBRARY_PATH, or take them from Maven and "
            + anew.with("gpu,cuda"));
  }
}
