/** What a run shows while it works, and what it leaves on disk. */
package io.github.fdistill.journal;
