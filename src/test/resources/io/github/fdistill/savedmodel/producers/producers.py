"""SavedModels as their producers write them: what each does in its own way.

    python producers.py FOLDER [NAME...]     # FOLDER/NAME/, FOLDER/NAME.properties

Made with TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6; those of JAX with JAX 0.4.34, ml_dtypes 0.5.3.
The properties are those of python_models.py.
"""

import os
import shutil
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import python_models
import tensorflow as tf

v1 = tf.compat.v1
SMALL = tf.saved_model.SaveOptions(experimental_custom_gradients=False)


def numbers(seed, *shape, scale=0.3):
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype(np.float32)


def convolution(x, kernel):
    return tf.nn.conv2d(x, kernel, 1, "SAME")


class Network(tf.Module):
    """eps of x [rows, size, size, 1], time and what else is asked for, in one type of numbers."""

    signature = "serving_default"
    output = "eps"

    def __init__(self, dtype=tf.float32, rows=None, size=8, time=(None,), context=None, variables=None):
        super().__init__()
        self.dtype, self.stored = dtype, variables or dtype
        self.first = self.variable(numbers(1, 3, 3, 1, 4), "first")
        self.last = self.variable(numbers(2, 3, 3, 4, 1), "last")
        shapes = {"x": [rows, size, size, 1], "t": list(time)}
        self.read = None
        if context:
            shapes["context"] = [rows, *context]
            self.read = self.variable(numbers(3, context[-1], 4), "read")
        self.time, self.width = time, time[1] if len(time) == 2 else 1
        self.steps = self.variable(numbers(4, self.width, 4), "steps")
        specs = {k: tf.TensorSpec(v, dtype, k) for k, v in shapes.items()}
        self.call = tf.function(lambda **inputs: self(inputs), input_signature=None, autograph=False)
        self.concrete = self.call.get_concrete_function(**specs)

    def variable(self, values, name):
        return tf.Variable(tf.cast(values, self.stored), name=name)

    def value(self, variable):
        return tf.cast(variable, self.dtype)

    def __call__(self, inputs):
        if inputs["t"].shape.rank == 1 and self.time == ():
            rows = [{"x": inputs["x"][i : i + 1], "t": inputs["t"][i]} for i in range(3)]
            return {"eps": tf.concat([self(row)["eps"] for row in rows], 0)}
        h = convolution(inputs["x"], self.value(self.first))
        time = tf.reshape(inputs["t"], [-1, self.width])
        h = h + tf.sin(time @ self.value(self.steps))[:, None, None, :]
        if "context" in inputs:
            words = tf.tanh(inputs["context"] @ self.value(self.read))
            h = h + tf.reduce_mean(words, 1)[:, None, None, :]
        return {"eps": convolution(tf.nn.silu(h), self.value(self.last))}

    def inputs(self):
        t = np.array([0.1, 1.0, 7.0])
        if len(self.time) == 2:
            angles = t[:, None] * np.exp(-np.log(10000) * np.arange(8) / 8)
            t = np.concatenate([np.cos(angles), np.sin(angles)], 1)
        inputs = {"x": python_models.images(), "t": t}
        if self.read is not None:
            inputs["context"] = numbers(5, 3, 5, 6)
        return {name: tf.cast(value, self.dtype) for name, value in inputs.items()}

    def save(self, folder):
        tf.saved_model.save(self, folder, signatures=self.concrete, options=SMALL)


class Asserted(tf.Module):
    """Checks of every kind, which graphs hold as conditionals."""

    signature = "denoise"
    output = "denoised"

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(numbers(1, 3, 3, 1, 1))

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 8, 8, 1], tf.float32, name="x"),
            tf.TensorSpec([None], tf.float32, name="sigma"),
        ]
    )
    def denoise(self, x, sigma):
        tf.debugging.assert_positive(sigma, message="noise")
        tf.debugging.assert_equal(tf.shape(x)[0], tf.shape(sigma)[0], message="rows")
        tf.debugging.assert_shapes([(x, ("N", "H", "W", 1)), (sigma, ("N",))])
        tf.debugging.Assert(tf.reduce_all(sigma < 1000.0), [sigma])
        tf.debugging.check_numerics(x, "images")

        def most(limit):
            with tf.control_dependencies([tf.debugging.assert_less(sigma, limit)]):
                return tf.constant(0)

        tf.switch_case(tf.shape(x)[0] % 2, [lambda: most(1e4), lambda: most(1e5)])
        return {"denoised": convolution(x / (1 + sigma[:, None, None, None]), self.kernel)}

    def inputs(self):
        return {"x": python_models.images(), "sigma": tf.constant([0.1, 1.0, 7.0])}

    def __call__(self, inputs):
        return self.denoise(**inputs)

    def save(self, folder):
        tf.saved_model.save(self, folder, signatures={"denoise": self.denoise}, options=SMALL)


class AssertedOne(python_models.TensorFlow1):
    """A graph of TensorFlow 1 with an assertion: a Switch and a Merge."""

    def __init__(self):
        self.graph = tf.Graph()
        with self.graph.as_default():
            v1.disable_control_flow_v2()
            self.x = v1.placeholder(tf.float32, [None, 8, 8, 1], "x")
            self.sigma = v1.placeholder(tf.float32, [None], "sigma")
            self.label = v1.placeholder(tf.int32, [None], "label")
            kernel = v1.get_variable("kernel", initializer=numbers(1, 3, 3, 1, 1), use_resource=False)
            with tf.control_dependencies([tf.debugging.assert_positive(self.sigma)]):
                scale = tf.identity(1 + self.sigma[:, None, None, None])
            shift = tf.cast(self.label, tf.float32)[:, None, None, None]
            self.denoised = convolution(self.x / scale, kernel) + shift
            self.session = v1.Session()
            self.session.run(v1.global_variables_initializer())


class Jax(tf.Module):
    """A program of JAX with a batch of any size, as ops of TensorFlow or as a module of XLA."""

    signature = "serving_default"
    output = "eps"

    def __init__(self, **how):
        from jax import lax, nn
        from jax import numpy as jnp
        from jax.experimental import jax2tf

        super().__init__()
        self.weights = {
            "first": tf.Variable(numbers(1, 3, 3, 1, 4)),
            "last": tf.Variable(numbers(2, 3, 3, 4, 1)),
            "dense": tf.Variable(numbers(3, 64, 4, scale=0.1)),
        }

        def convolved(h, kernel):
            return lax.conv_general_dilated(
                h, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )

        def network(weights, x, sigma):
            h = convolved(x, weights["first"])
            h = h + jnp.sin(sigma[:, None] * jnp.arange(4.0))[:, None, None, :]
            h = nn.silu(h + (x.reshape(x.shape[0], -1) @ weights["dense"])[:, None, None, :])
            tokens = h.reshape(-1, 64, 4)
            seen = nn.softmax(jnp.einsum("nqc,nkc->nqk", tokens, tokens), -1)
            h = h + jnp.einsum("nqk,nkc->nqc", seen, tokens).reshape(h.shape)
            return convolved(h, weights["last"])

        converted = jax2tf.convert(network, polymorphic_shapes=[None, "(b, 8, 8, 1)", "(b,)"], **how)
        specs = [tf.TensorSpec([None, 8, 8, 1], name="x"), tf.TensorSpec([None], name="sigma")]
        self.call = tf.function(
            lambda x, sigma: {"eps": converted(self.weights, x, sigma)}, specs, autograph=False
        )

    def inputs(self):
        return {"x": python_models.images(), "sigma": tf.constant([0.1, 1.0, 7.0])}

    def __call__(self, inputs):
        return self.call(**inputs)

    def save(self, folder):
        tf.saved_model.save(self, folder, signatures={"serving_default": self.call}, options=SMALL)


class KerasSaved:
    """A model of Keras 3 that was given to tf.saved_model.save as it is."""

    signature = "serving_default"
    output = "eps"
    image = "inputs_1"

    def __init__(self, dtype=None):
        keras.utils.set_random_seed(3)
        self.kind = dtype
        layers = keras.layers
        x = keras.Input([8, 8, 1], name="inputs_1")
        time = keras.Input([], name="inputs")
        steps = layers.Dense(4, name="steps", dtype=dtype)(layers.Reshape([1])(time))
        h = layers.Conv2D(4, 3, padding="same", name="first", dtype=dtype)(x)
        h = layers.GroupNormalization(2, name="norm", dtype=dtype)(h + layers.Reshape([1, 1, 4])(steps))
        eps = layers.Conv2D(1, 3, padding="same", name="last", dtype=dtype)(h)
        self.model = keras.Model({"inputs_1": x, "inputs": time}, {"eps": eps}, name="network")

    @property
    def trainable_variables(self):
        return [variable.value for variable in self.model.trainable_variables]

    def inputs(self):
        return {"inputs_1": python_models.images(), "inputs": tf.constant([0.1, 1.0, 7.0])}

    def __call__(self, inputs):
        return self.model(inputs)

    def save(self, folder):
        tf.saved_model.save(self.model, folder, options=SMALL)


class Partitioned(python_models.TensorFlow1):
    """Variables of TensorFlow 1 in parts, each a variable, saved as one tensor."""

    def __init__(self):
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.x = v1.placeholder(tf.float32, [None, 8, 8, 1], "x")
            self.sigma = v1.placeholder(tf.float32, [None], "sigma")
            self.label = v1.placeholder(tf.int32, [None], "label")
            v1.set_random_seed(3)
            table = self.parts("table", [5, 4], v1.fixed_size_partitioner(3, axis=0))
            kernel = self.parts("kernel", [3, 3, 1, 4], v1.fixed_size_partitioner(2, axis=3))
            last = self.parts("last", [3, 3, 4, 1], None)
            rows = tf.gather(table, self.label)[:, None, None, :]
            h = convolution(self.x, kernel) + rows
            scale = tf.sqrt(1 + self.sigma)[:, None, None, None]
            self.denoised = convolution(tf.nn.relu(h), last) / scale
            self.session = v1.Session()
            self.session.run(v1.global_variables_initializer())

    @staticmethod
    def parts(name, shape, partitioner):
        initial = v1.random_normal_initializer(0, 0.3)
        variable = v1.get_variable(name, shape, tf.float32, initial, partitioner=partitioner)
        return tf.convert_to_tensor(variable)


class Hub(python_models.TensorFlow1):
    """Two graphs: one with no tags, as TensorFlow's hub of version 1 has them, one for training."""

    def save(self, folder):
        with self.graph.as_default():
            signature = v1.saved_model.signature_def_utils.predict_signature_def(
                {"x": self.x, "sigma": self.sigma, "label": self.label}, {"denoised": self.denoised}
            )
            builder = v1.saved_model.builder.SavedModelBuilder(folder)
            builder.add_meta_graph_and_variables(self.session, ["train"], {})
            builder.add_meta_graph([], {"denoise": signature}, strip_default_attrs=True)
            builder.save()


class Frozen(Network):
    """A graph without variables: its weights are constants. FOLDER/frozen.pb, and FOLDER itself."""

    def save(self, folder):
        from tensorflow.python.framework import convert_to_constants

        frozen = convert_to_constants.convert_variables_to_constants_v2(self.concrete)
        graph = frozen.graph.as_graph_def()
        os.makedirs(folder)
        with open(os.path.join(folder, "frozen.pb"), "wb") as out:
            out.write(graph.SerializeToString())
        holder = tf.Module()
        holder.call = frozen
        names = {t.name.split(":")[0]: t for t in frozen.inputs}
        specs = [tf.TensorSpec(t.shape, t.dtype, name) for name, t in names.items()]
        pruned = tf.function(
            lambda *tensors: {"eps": tf.graph_util.import_graph_def(
                graph,
                {name: tensor for name, tensor in zip(names, tensors)},
                [frozen.outputs[0].name],
                name="",
            )[0]},
            specs,
            autograph=False,
        )
        module = tf.Module()
        module.call = pruned
        tf.saved_model.save(module, folder, signatures=pruned.get_concrete_function(), options=SMALL)


MODELS = {
    "asserted": Asserted,
    "asserted_one": AssertedOne,
    "jax": lambda: Jax(native_serialization=False, enable_xla=False),
    "jax_module": lambda: Jax(native_serialization=True),
    "keras_saved": KerasSaved,
    "partitioned": Partitioned,
    "stored_half": lambda: Network(variables=tf.float16),
    "stored_bfloat16": lambda: Network(variables=tf.bfloat16),
    "stored_double": lambda: Network(variables=tf.float64),
    "waves": lambda: Network(time=(None, 16)),
    "half": lambda: Network(dtype=tf.float16),
    "bfloat16": lambda: Network(dtype=tf.bfloat16),
    "double": lambda: Network(dtype=tf.float64),
    "open": lambda: Network(size=None),
    "scalar": lambda: Network(time=()),
    "fixed": lambda: Network(rows=2, time=(2,)),
    "context": lambda: Network(context=(5, 6)),
    "hub": Hub,
    "frozen": Frozen,
}


def main(folder, names):
    for name in names or MODELS:
        model = MODELS[name]()
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        model.save(os.path.join(folder, name))
        for extra in ("fingerprint.pb", "assets"):
            file = os.path.join(folder, name, extra)
            (os.rmdir if os.path.isdir(file) else os.remove)(file) if os.path.exists(file) else None
        if not name.startswith("jax_"):
            python_models.record(model, os.path.join(folder, name + ".properties"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
