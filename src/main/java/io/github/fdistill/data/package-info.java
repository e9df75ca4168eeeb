/**
 * Images in and out: datasets, folders of pictures and .npy files, in any size asked for; batches
 * as a function of their number, made ahead of their use; PNG grids.
 */
package io.github.fdistill.data;
