/**
 * What the program does, without flags: runs that train, go on, are tried out, measured and shown;
 * what they read, and what they leave on disk.
 */
package io.github.fdistill.run;
