package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class PageInBrowserTest {
  private static final int PHONE = 390;

  @TempDir Path folder;

  private static Path chromium() {
    Optional<Path> found = Browser.find();
    Assumptions.assumeTrue(
        found.isPresent(),
        "no Chromium: set FDISTILL_CHROMIUM to one to have the page tried in a browser");
    return found.get();
  }

  @Test
  void studentAndTeacherAreDrawnOnAPhone() throws Exception {
    Path chromium = chromium();
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    FrontPageTest.writeTeacher(folder.resolve("teacher/1"));
    try (Asked asked = new Asked(folder.resolve("teacher"), folder.resolve("tiny"));
        Browser browser = new Browser(chromium, folder.resolve("profile"), PHONE)) {
      browser.open(asked.uri("/"));
      browser.await("document.querySelectorAll('section').length === 2");
      assertEquals(
          "tiny", browser.value("document.querySelector('section').dataset.model").getAsString());
      browser.await("document.querySelectorAll('img').length === 16");

      browser.value("document.getElementById('seed').value = '41'");
      browser.value("document.getElementById('class').value = '2'");
      browser.value("document.getElementById('count').value = '3'");
      browser.value("document.getElementById('guidance').value = '2.5'");
      browser.value("document.getElementById('draw').click()");
      browser.await(
          "document.querySelectorAll('img').length === 6"
              + " && !document.getElementById('draw').disabled");
      browser.await("[...document.images].every(i => i.complete && i.naturalWidth === 8)");
      String text = browser.value("document.body.innerText").getAsString();
      assertTrue(text.contains("seed 43"), text);
      assertTrue(text.contains("35 evaluations an image, guidance 2.5"), text);
      assertEquals(2, text.split(" ms an image \\(3 in ").length - 1, text);
      assertEquals("", browser.value("document.getElementById('error').textContent").getAsString());
      int wide = browser.value("document.documentElement.scrollWidth").getAsInt();
      assertTrue(
          wide <= browser.value("window.innerWidth").getAsInt(),
          "the page is " + wide + " pixels wide");

      browser.value("document.getElementById('count').value = '65'");
      browser.value("document.getElementById('order').noValidate = true");
      browser.value("document.getElementById('draw').click()");
      browser.await("document.getElementById('error').textContent.includes(\"count is '65'\")");
    }
  }

  /** What is typed while something else is drawn is not forgotten. */
  @Test
  void whatIsTypedIsDrawn() throws Exception {
    Path chromium = chromium();
    TinyStudent.writeOfTexts(folder.resolve("texts/1"), 1);
    try (Asked asked = new Asked(folder.resolve("texts"));
        Browser browser = new Browser(chromium, folder.resolve("profile"), PHONE)) {
      browser.open(asked.uri("/"));
      browser.await("document.querySelectorAll('img').length > 0");
      browser.await("!document.getElementById('draw').disabled");
      String before = browser.value("document.images[0].src").getAsString();
      browser.value("document.getElementById('prompt').value = 'red'");
      browser.value(
          "document.getElementById('draw').click();"
              + " document.getElementById('prompt').value = 'red heart';"
              + " document.getElementById('prompt').dispatchEvent(new Event('input'))");
      browser.await("[...document.images].every(i => i.alt.includes('red heart'))");
      assertNotEquals(before, browser.value("document.images[0].src").getAsString());
      assertEquals("", browser.value("document.getElementById('error').textContent").getAsString());
    }
  }
}
