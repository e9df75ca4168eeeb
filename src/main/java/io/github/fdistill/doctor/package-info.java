/** What this machine offers: found or missing, and the remedy. Start at {@link Doctor}. */
package io.github.fdistill.doctor;
