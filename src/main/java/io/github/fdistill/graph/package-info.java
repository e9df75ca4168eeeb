/**
 * Graphs in memory: functions of tensors and their parameters, and what makes such a function of
 * the graph of a SavedModel.
 */
package io.github.fdistill.graph;
