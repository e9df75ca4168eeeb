"""SavedModels as Keras 2 writes them: keras-cv's layers of Stable Diffusion, and tf_keras.

    python keras_two.py FOLDER [NAME...]     # FOLDER/NAME/, FOLDER/NAME.properties

keras_cv was made with keras-cv 0.9.0 in TensorFlow 2.15.1 (Keras 2.15.0), tf_keras with tf_keras 2.21.0 in
TensorFlow 2.21.0. The properties are those of python_models.py.
"""

import os
import shutil
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import python_models
import tensorflow as tf


def numbers(seed, *shape, scale=0.3):
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype(np.float32)


class Saved:
    """A model of Keras 2 with the inputs of keras-cv's U-Net, as it saves itself."""

    signature = "serving_default"
    image = "latent"

    @property
    def trainable_variables(self):
        return self.model.trainable_variables

    def inputs(self):
        angles = np.array([0.1, 1.0, 7.0])[:, None] * np.exp(-np.log(10000) * np.arange(8) / 8)
        waves = np.concatenate([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
        inputs = {"latent": python_models.images(), "timestep_embedding": waves}
        return dict(inputs, context=numbers(5, 3, 5, 6))

    def __call__(self, inputs):
        return {self.output: self.model([inputs[name] for name in self.inputs()])}

    def fill(self):
        for i, variable in enumerate(self.model.variables):
            variable.assign(numbers(i, *variable.shape) + (1.0 if "gamma" in variable.name else 0.0))

    def save(self, folder):
        self.fill()
        self.model.save(folder, include_optimizer=False, save_format="tf")


class KerasCv(Saved):
    """Layers of keras-cv's DiffusionModel, fewer and with fewer channels, as a function."""

    output = "eps"

    def __init__(self):
        from keras_cv.src.backend import keras
        from keras_cv.src.models.stable_diffusion import diffusion_model as cv
        from keras_cv.src.models.stable_diffusion.padded_conv2d import PaddedConv2D

        layers = keras.layers
        context = keras.Input((5, 6), name="context")
        time = keras.Input((16,), name="timestep_embedding")
        latent = keras.Input((8, 8, 1), name="latent")
        steps = layers.Activation("swish")(layers.Dense(8)(time))
        h = PaddedConv2D(32, kernel_size=3, strides=2, padding=1)(latent)
        h = cv.ResBlock(32)([h, steps])
        tokens = layers.LayerNormalization(epsilon=1e-5)(layers.Reshape((16, 32))(h))
        h = h + layers.Reshape((4, 4, 32))(cv.CrossAttention(2, 16)(tokens, context))
        h = layers.Activation("swish")(layers.GroupNormalization(epsilon=1e-5)(h))
        h = layers.UpSampling2D(2)(h)
        output = PaddedConv2D(1, kernel_size=3, padding=1, name=self.output)(h)
        self.model = keras.Model({i.name: i for i in (latent, time, context)}, output)

    def __call__(self, inputs):
        return {self.output: self.model(inputs)}

    def save(self, folder):
        self.fill()
        module = tf.Module()
        module.weights = list(self.model.variables)
        specs = {n: tf.TensorSpec([None, *v.shape[1:]], name=n) for n, v in self.inputs().items()}
        call = tf.function(lambda **inputs: self(inputs), autograph=False)
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(module, folder, call.get_concrete_function(**specs), options)


class TfKeras(Saved):
    """tf_keras, which is Keras 2 beside Keras 3: a model with subclassed layers and a batch norm."""

    output = "eps"

    def __init__(self):
        import tf_keras as keras

        layers = keras.layers

        class Modulated(layers.Layer):
            def __init__(self, channels):
                super().__init__()
                self.shift = layers.Dense(channels)
                self.convolution = layers.Conv2D(channels, 3, padding="same")

            def call(self, h, steps, training=False):
                h = self.convolution(h) + self.shift(steps)[:, None, None, :]
                return tf.nn.dropout(tf.nn.silu(h), 0.5) if training else tf.nn.silu(h)

        latent = keras.Input((8, 8, 1), name="latent")
        time = keras.Input((16,), name="timestep_embedding")
        context = keras.Input((5, 6), name="context")
        read = layers.MultiHeadAttention(2, 4)(layers.Dense(8)(context), layers.Dense(8)(context))
        steps = layers.Concatenate()([layers.Dense(4)(time), layers.GlobalAveragePooling1D()(read)])
        h = layers.BatchNormalization()(Modulated(8)(latent, steps))
        h = layers.UpSampling2D()(layers.AveragePooling2D()(h))
        output = layers.Conv2D(1, 3, padding="same", name=self.output)(h)
        self.model = keras.Model([latent, time, context], output)

    def save(self, folder):
        super().save(folder)
        for variable in self.model.variables:  # A variance is above 0.
            if "moving_variance" in variable.name:
                variable.assign(np.abs(variable) + 0.5)
        self.model.save(folder, include_optimizer=False, save_format="tf")


MODELS = {"keras_cv": KerasCv, "tf_keras": TfKeras}


def main(folder, names):
    for name in names or MODELS:
        model = MODELS[name]()
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        model.save(os.path.join(folder, name))
        for extra in ("fingerprint.pb", "keras_metadata.pb"):
            file = os.path.join(folder, name, extra)
            os.remove(file) if os.path.exists(file) else None
        assets = os.path.join(folder, name, "assets")
        os.rmdir(assets) if os.path.isdir(assets) else None
        python_models.record(model, os.path.join(folder, name + ".properties"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
