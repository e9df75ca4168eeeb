package io.github.fdistill.text;

/**
 * A token that is found in a text as it stands, before the text is taken to pieces.
 *
 * @param text as it is written
 * @param number among the tokens
 * @param cleaned whether it is looked for in the cleaned text, and so in any letters' case
 */
record SpecialToken(String text, int number, boolean cleaned) {}
