/** Files and folders that are whole or absent, and the SHA-256 that proves it. */
package io.github.fdistill.files;
