/** Images in and out: datasets, batches as a function of their number, PNG grids and .npy files. */
package io.github.fdistill.data;
