package io.github.fdistill.training;

import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.network.DiscriminatorHead;
import org.tensorflow.op.Ops;

/**
 * What a distillation trains, with the weights of each in the graph.
 *
 * @param studentModel as it begins
 * @param student its weights
 * @param fakeScores of its samples
 * @param features of a denoiser, that the discriminator looks at
 * @param head of the discriminator, on those features
 * @param headWeights the discriminator's, all that of it is trained
 */
record Learners(
    TrainedModel studentModel,
    Trainable student,
    FakeScores fakeScores,
    DiscriminatorFeatures features,
    DiscriminatorHead head,
    Trainable headWeights) {

  static Learners create(Ops tf, State state, Models models, DistillConfig config) {
    DiscriminatorConfig d = config.getDiscriminator();
    DiscriminatorFeatures features = DiscriminatorFeatures.of(models, d);
    DiscriminatorHead head =
        DiscriminatorHead.build(
            features.shapes(),
            new DiscriminatorHead.Width(d.getChannels(), d.getGroups(), d.getLayers()),
            d.getFirstWeights(),
            Choices.critics(config),
            config.getSeed());
    TrainedModel student = TrainedModel.of(models.student(), config.getLora());
    TrainedModel fakeScore = TrainedModel.of(models.fakeScore(), config.getLora());
    return new Learners(
        student,
        student.trainable(
            tf, state, VariableNames.STUDENT, config.getOptimiser(), config.getSeed()),
        FakeScores.trained(tf, state, fakeScore, config),
        features,
        head,
        Trainable.create(tf, state, VariableNames.DISCRIMINATOR, head.first(), d.getOptimiser()));
  }
}
