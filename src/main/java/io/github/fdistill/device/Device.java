package io.github.fdistill.device;

import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeleteDeviceList;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeviceListCount;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeviceListMemoryBytes;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeviceListName;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeviceListType;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_SessionListDevices;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_SetConfig;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_DeviceList;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.proto.ConfigProto;

/**
 * A device as TensorFlow lists it.
 *
 * @param name as {@code /job:localhost/replica:0/task:0/device:CPU:0}
 * @param type as {@code CPU} or {@code GPU}
 * @param memoryBytes what TensorFlow may take of a GPU's memory; of a CPU a number without meaning
 */
public record Device(String name, String type, long memoryBytes) {
  static {
    Natives.setUp();
  }

  public boolean isGpu() {
    return type.equals("GPU");
  }

  /** As {@code CPU:0}: what a {@link org.tensorflow.DeviceSpec} and a person need of the name. */
  public String shortName() {
    return name.substring(name.lastIndexOf("device:") + "device:".length());
  }

  /**
   * The devices of a session with these settings.
   *
   * @throws RuntimeException with TensorFlow's message, when there can be no such session
   */
  static List<Device> list(ConfigProto settings) {
    try (PointerScope scope = new PointerScope()) {
      TF_Status status = TF_Status.newStatus();
      TF_SessionOptions options = TF_SessionOptions.newSessionOptions();
      byte[] bytes = settings.toByteArray();
      TF_SetConfig(options, new BytePointer(bytes), bytes.length, status);
      status.throwExceptionIfNotOK();
      TF_Session session = TF_Session.newSession(TF_Graph.newGraph(), options, status);
      status.throwExceptionIfNotOK();
      TF_DeviceList list = TF_SessionListDevices(session, status);
      status.throwExceptionIfNotOK();
      try {
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < TF_DeviceListCount(list); i++) {
          String name = TF_DeviceListName(list, i, status).getString();
          String type = TF_DeviceListType(list, i, status).getString();
          devices.add(new Device(name, type, TF_DeviceListMemoryBytes(list, i, status)));
          status.throwExceptionIfNotOK();
        }
        return devices;
      } finally {
        TF_DeleteDeviceList(list);
      }
    }
  }
}
