/**
 * Distillation of mixtures of Gaussians, where the truth is known: every divergence, and the page
 * of what shows. Start at {@link Study}.
 */
package io.github.fdistill.study;
