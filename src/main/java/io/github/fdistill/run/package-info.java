/**
 * What the program does, without flags: jobs that train, measure and export, the runs that they
 * are, what those read, and what they leave on disk. Who uses this program as a library begins
 * here:
 *
 * <ul>
 *   <li>{@link io.github.fdistill.run.Workspace} is the folder that is worked in;
 *   <li>{@link io.github.fdistill.run.PretrainJob}, {@link io.github.fdistill.run.DistillJob},
 *       {@link io.github.fdistill.run.ClassifierJob}, {@link io.github.fdistill.run.EvaluateJob}
 *       and {@link io.github.fdistill.run.ExportJob} each have a method {@code run}, which takes a
 *       workspace and settings, the messages of {@link io.github.fdistill.config}, and returns what
 *       came of it. A job's {@code prepare} reads and checks all that it needs and writes nothing,
 *       but for images and captions that are encoded ahead, in {@code runs/encoded}.
 *   <li>{@link io.github.fdistill.sampling} draws images, {@link io.github.fdistill.server} and
 *       {@link io.github.fdistill.client} serve them and ask for them.
 * </ul>
 *
 * <p>What is refused is told by an {@link io.github.fdistill.InputException}. Nothing here prints,
 * ends the JVM or listens to its signals. Runs may go on side by side in one JVM, each in a folder
 * of its own; a second run in the same folder is refused.
 */
package io.github.fdistill.run;
