package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class PageInBrowserTest {
  private static final int PHONE = 390;

  @TempDir(cleanup = CleanupMode.NEVER)
  Path folder;

  @Test
  void studentAndTeacherAreDrawnOnAPhone() throws Exception {
    Optional<Path> chromium = Browser.find();
    Assumptions.assumeTrue(
        chromium.isPresent(),
        "no Chromium: set FDISTILL_CHROMIUM to one to have the page tried in a browser");
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    FrontPageTest.writeTeacher(folder.resolve("teacher/1"));
    try (Asked asked = new Asked(folder.resolve("teacher"), folder.resolve("tiny"));
        Browser browser = new Browser(chromium.get(), folder.resolve("profile"), PHONE)) {
      browser.open(asked.uri("/"));
      browser.await("document.querySelectorAll('section').length === 2");
      assertEquals(
          "tiny", browser.value("document.querySelector('section').dataset.model").getAsString());
      browser.await("document.querySelectorAll('img').length === 16");

      browser.value("document.getElementById('seed').value = '41'");
      browser.value("document.getElementById('class').value = '2'");
      browser.value("document.getElementById('count').value = '3'");
      browser.value("document.getElementById('draw').click()");
      browser.await(
          "document.querySelectorAll('img').length === 6"
              + " && !document.getElementById('draw').disabled");
      browser.await("[...document.images].every(i => i.complete && i.naturalWidth === 8)");
      String text = browser.value("document.body.innerText").getAsString();
      assertTrue(text.contains("seed 43") && text.contains("35 evaluations an image"), text);
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
}
