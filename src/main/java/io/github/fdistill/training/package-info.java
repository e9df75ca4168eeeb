/**
 * The steps and the loop.
 *
 * <p>Start at the class StudentStep, which is the paper on one screen. {@link Distillation}, {@link
 * Pretraining} and {@link ClassifierTraining} are the graphs of a run with their steps, {@link
 * TrainingLoop} runs them, and {@link State} is what a checkpoint holds.
 */
package io.github.fdistill.training;
