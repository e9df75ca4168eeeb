/** What a SavedModel holds, and what it can be used for. */
package io.github.fdistill.inspect;
