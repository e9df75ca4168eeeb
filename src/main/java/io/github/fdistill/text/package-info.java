/**
 * Texts as numbers of tokens, by byte pair encoding over bytes as GPT-2 and CLIP do it: read from
 * the files that others write, or made from captions. {@link io.github.fdistill.text.Tokenizer}
 * makes a row of fixed length of a prompt.
 */
package io.github.fdistill.text;
