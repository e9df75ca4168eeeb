/** What was measured, to be read: pages in HTML and Markdown, tables, charts and point clouds. */
package io.github.fdistill.report;
