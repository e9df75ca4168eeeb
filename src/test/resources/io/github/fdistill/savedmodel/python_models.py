"""SavedModels that Python's TensorFlow made, and what Python says of them.

    python python_models.py FOLDER [NAME...]     # FOLDER/nested/, FOLDER/nested.properties, ...

Made with TensorFlow 2.21.0 and Keras 3.15.1. The properties hold the signature, its inputs and
their shapes, its output's name and, for inputs that are written there too: the output, the gradient
by x of loss = sum(output * weight), with weight = cos(0, 1, 2, ...), and for each trainable
variable, in the order of their sizes and values, its number of elements, the sum of gradient *
value, and the sum of squares of the gradient.
"""

import itertools
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


class Nested(tf.Module):
    """Functions within functions, swish with its custom gradient, a gather from a variable."""

    signature = "denoise"
    output = "denoised"

    def __init__(self):
        super().__init__()
        self.first = tf.Variable(tf.random.stateless_normal([3, 3, 1, 8], [1, 2]) * 0.3)
        self.last = tf.Variable(tf.random.stateless_normal([3, 3, 8, 1], [1, 3]) * 0.2)
        self.embedding = tf.Variable(tf.random.stateless_normal([4, 8], [1, 4]) * 0.5)
        self.gain = tf.Variable([0.5, 1.5], name="gain")

    @tf.function
    def convolution(self, x, kernel):
        return tf.nn.conv2d(x, kernel, 1, "SAME")

    @tf.function
    def halves(self, h):
        return tf.split(h, 2, axis=-1)

    @tf.function
    def body(self, x, noise, label):
        h = self.convolution(x, self.first) + tf.gather(self.embedding, label)[:, None, None, :]
        a, b = self.halves(h + noise)
        h = tf.concat([tf.nn.silu(b) * self.gain[1], tf.ensure_shape(tf.tanh(a), [None, 8, 8, 4])], -1)
        return self.convolution(h, self.last) * self.gain[0]

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 8, 8, 1], tf.float32, name="x"),
            tf.TensorSpec([None], tf.float32, name="sigma"),
            tf.TensorSpec([None], tf.int32, name="label"),
        ]
    )
    def denoise(self, x, sigma, label):
        s = sigma[:, None, None, None]
        f = self.body(x / tf.sqrt(s**2 + 0.25), tf.math.log(s) / 4, label)
        if tf.constant(True):
            f = f + tf.round(f) * 0.0
        return {"denoised": x * 0.25 / (s**2 + 0.25) + f * s * 0.5 / tf.sqrt(s**2 + 0.25)}

    def inputs(self):
        return {"x": images(), "sigma": tf.constant([0.1, 1.0, 7.0]), "label": tf.constant([2, 0, 3])}

    def __call__(self, inputs):
        return self.denoise(**inputs)

    def save(self, folder):
        tf.saved_model.save(self, folder, signatures={"denoise": self.denoise})


@keras.saving.register_keras_serializable()
class TimeEmbedding(keras.layers.Layer):
    """sin and cos of the time step at 8 frequencies."""

    def call(self, time):
        frequencies = keras.ops.exp(-np.log(1000.0) * keras.ops.arange(8, dtype="float32") / 8)
        angle = keras.ops.cast(time, "float32")[:, None] * frequencies[None, :]
        return keras.ops.concatenate([keras.ops.sin(angle), keras.ops.cos(angle)], -1)


class KerasUNet:
    """A U-Net of Keras 3 that predicts eps at the steps 0 to 999 of DDPM's linear schedule."""

    signature = "serving_default"
    output = "eps"

    def __init__(self):
        keras.utils.set_random_seed(7)
        numbers = itertools.count()

        def layer(kind, *arguments, **more):
            return kind(*arguments, name=f"l{next(numbers)}", **more)

        def norm(h):
            return layer(keras.layers.GroupNormalization, 4)(h)

        def silu(h):
            return layer(keras.layers.Activation, "silu")(h)

        def convolution(h, channels, size=3, **more):
            return layer(keras.layers.Conv2D, channels, size, padding="same", **more)(h)

        x = keras.Input([8, 8, 1], name="x")
        time = keras.Input([], dtype="int32", name="time")
        label = keras.Input([], dtype="int32", name="label")
        steps = layer(keras.layers.Dense, 16, activation="silu")(layer(TimeEmbedding)(time))
        embedding = steps + layer(keras.layers.Embedding, 5, 16)(label)
        embedding = layer(keras.layers.Lambda, lambda v: tf.nn.swish(v))(embedding)

        def block(h, dilation):
            residual = convolution(silu(norm(h)), 8, dilation_rate=dilation)
            shift = layer(keras.layers.Reshape, [1, 1, 16])(layer(keras.layers.Dense, 16)(embedding))
            scale, shift = keras.ops.split(shift, 2, -1)
            residual = silu(norm(residual) * (1 + scale) + shift)
            return h + convolution(layer(keras.layers.Dropout, 0.1)(residual), 8)

        first = convolution(x, 8)
        h = block(convolution(first, 8, strides=2), 2)
        tokens = layer(keras.layers.Reshape, [16, 8])(norm(h))
        seen = layer(keras.layers.MultiHeadAttention, 2, 4)(tokens, tokens)
        h = h + layer(keras.layers.Reshape, [4, 4, 8])(seen)
        h = layer(keras.layers.Conv2DTranspose, 8, 4, strides=2, padding="same")(h)
        h = convolution(layer(keras.layers.Concatenate)([h, first]), 8)
        eps = convolution(silu(norm(h)), 1)
        self.model = keras.Model({"x": x, "time": time, "label": label}, {"eps": eps}, name="unet")

    @property
    def trainable_variables(self):
        return [variable.value for variable in self.model.trainable_variables]

    def inputs(self):
        return {"x": images(), "time": tf.constant([3, 500, 990]), "label": tf.constant([2, 0, 4])}

    def __call__(self, inputs):
        return self.model(inputs)

    def save(self, folder):
        archive = keras.export.ExportArchive()
        archive.track(self.model)
        shapes = {"x": ([None, 8, 8, 1], tf.float32), "time": ([None], tf.int32), "label": ([None], tf.int32)}
        signature = {k: tf.TensorSpec(shape, kind, k) for k, (shape, kind) in shapes.items()}
        archive.add_endpoint("serve", self.model.__call__, [signature])
        archive.write_out(folder, tf.saved_model.SaveOptions(experimental_custom_gradients=False), False)


class TensorFlow1:
    """A graph of TensorFlow 1: its variables, its conditionals, and a switch of training mode."""

    signature = "denoise"
    output = "denoised"

    def __init__(self):
        self.graph = tf.Graph()
        with self.graph.as_default():
            v1.disable_control_flow_v2()
            v1.set_random_seed(3)
            self.x = v1.placeholder(tf.float32, [None, 8, 8, 1], "x")
            self.sigma = v1.placeholder(tf.float32, [None], "sigma")
            self.label = v1.placeholder(tf.int32, [None], "label")
            self.training = v1.placeholder_with_default(False, [], "is_training")
            s = tf.reshape(self.sigma, [-1, 1, 1, 1])
            h = self.convolution("first", self.x / tf.sqrt(s**2 + 0.25), 8, use_resource=False)
            table = self.variable("embedding", [4, 8], use_resource=False)
            h = h + tf.gather(table, self.label)[:, None, None, :] + tf.math.log(s) / 4
            h = tf.nn.leaky_relu(self.batch_norm("norm", h))
            h = v1.cond(self.training, lambda: tf.nn.dropout(h, 0.5), lambda: h)
            f = self.convolution("last", h, 1, use_resource=True)
            self.denoised = x_and_f(self.x, f, s)
            self.session = v1.Session()
            self.session.run(v1.global_variables_initializer())

    @staticmethod
    def variable(name, shape, use_resource, trainable=True, mean=0.0):
        initial = v1.random_normal_initializer(mean, 0.2)
        return v1.get_variable(
            name, shape, tf.float32, initial, use_resource=use_resource, trainable=trainable
        )

    def convolution(self, name, h, channels, use_resource):
        with v1.variable_scope(name):
            kernel = self.variable("kernel", [3, 3, h.shape[-1], channels], use_resource)
            bias = self.variable("bias", [channels], use_resource)
            return tf.nn.bias_add(tf.nn.conv2d(h, kernel, 1, "SAME"), bias)

    def batch_norm(self, name, h):
        with v1.variable_scope(name):
            gamma = self.variable("gamma", [8], False, mean=1.0)
            beta = self.variable("beta", [8], True)
            mean = self.variable("moving_mean", [8], False, False)
            variance = tf.constant(1.5, shape=[8])

        def normalised(training):
            moments = {} if training else {"mean": mean, "variance": variance}
            return v1.nn.fused_batch_norm(h, gamma, beta, is_training=training, **moments)[0]

        return v1.cond(self.training, lambda: normalised(True), lambda: normalised(False))

    def inputs(self):
        return {"x": images(), "sigma": tf.constant([0.1, 1.0, 7.0]), "label": tf.constant([2, 0, 3])}

    def save(self, folder):
        with self.graph.as_default():
            signature = v1.saved_model.signature_def_utils.predict_signature_def(
                {"x": self.x, "sigma": self.sigma, "label": self.label}, {"denoised": self.denoised}
            )
            builder = v1.saved_model.builder.SavedModelBuilder(folder)
            builder.add_meta_graph_and_variables(
                self.session, ["serve"], {"denoise": signature}, strip_default_attrs=True
            )
            builder.save()

    def gradients(self, inputs):
        with self.graph.as_default():
            every = v1.trainable_variables()
            found = tf.gradients(weighted(self.denoised), [self.x] + every)
            read = [tf.convert_to_tensor(g) for g in found]
            fed = {getattr(self, name): value.numpy() for name, value in inputs.items()}
            out, values, slopes = self.session.run([self.denoised, every, read], fed)
        return out, slopes[0], list(zip(values, slopes[1:]))


def x_and_f(x, f, s):
    """EDM's preconditioning with sigma_data 0.5."""
    return x * 0.25 / (s**2 + 0.25) + f * s * 0.5 / tf.sqrt(s**2 + 0.25)


def images():
    return tf.constant(np.random.default_rng(5).normal(size=[3, 8, 8, 1]).astype(np.float32))


def weighted(output):
    weight = tf.cos(tf.range(tf.size(output), dtype=tf.float32))
    return tf.reduce_sum(tf.cast(output, tf.float32) * tf.reshape(weight, tf.shape(output)))


def gradients(model, inputs):
    """The output, the gradient by x, and each variable with its gradient."""
    if isinstance(model, TensorFlow1):
        return model.gradients(inputs)
    with tf.GradientTape(persistent=True) as tape:
        x = inputs[getattr(model, "image", "x")]
        tape.watch(x)
        output = model(inputs)[model.output]
        loss = weighted(output)
    pairs = [(v, tf.convert_to_tensor(tape.gradient(loss, v))) for v in model.trainable_variables]
    return output, tape.gradient(loss, x), pairs


def record(model, file):
    inputs = model.inputs()
    output, slope, pairs = gradients(model, inputs)
    pairs = [(np.asarray(v, np.float64), np.asarray(g, np.float64)) for v, g in pairs]
    rows = sorted([v.size, float(np.sum(g * v)), float(np.sum(g * g))] for v, g in pairs)
    numbers = dict(inputs, output=output, x_gradient=slope, variables=rows)
    with open(file, "w") as out:
        out.write(f"# python_models.py with TensorFlow {tf.__version__}, Keras {keras.__version__}\n")
        out.write(f"signature={model.signature}\noutput_name={model.output}\ntakes={' '.join(inputs)}\n")
        out.write(f"image={getattr(model, 'image', 'x')}\n")
        for name, value in inputs.items():
            out.write(f"{name}_shape={' '.join(str(d) for d in value.shape)}\n")
        for name, value in numbers.items():
            out.write(f"{name}={' '.join(f'{float(v):.9g}' for v in np.ravel(value))}\n")


def main(folder, names):
    models = {"nested": Nested, "keras_unet": KerasUNet, "tensorflow1": TensorFlow1}
    for name in names or models:
        model = models[name]()
        model.save(os.path.join(folder, name, "1"))
        record(model, os.path.join(folder, name + ".properties"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
