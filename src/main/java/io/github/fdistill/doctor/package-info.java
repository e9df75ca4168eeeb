/** What this machine offers: found or missing, and the remedy. */
package io.github.fdistill.doctor;
