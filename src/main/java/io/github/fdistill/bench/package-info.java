/** How fast steps and samplers are, beside what the machine can do. */
package io.github.fdistill.bench;
