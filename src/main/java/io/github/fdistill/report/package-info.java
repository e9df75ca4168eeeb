/**
 * What was measured, to be read: pages in HTML and Markdown, tables, charts and point clouds.
 *
 * <p>Start at {@link Page}, which is made of {@link Section sections}.
 */
package io.github.fdistill.report;
