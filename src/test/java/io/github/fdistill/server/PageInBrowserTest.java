package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class PageInBrowserTest {
  private static final int PHONE = 390;

  /** A version's number that is no number of JavaScript's. */
  private static final long LARGE = (1L << 53) + 1;

  private static final String IDLE =
      "document.getElementById('models').getAttribute('aria-busy') === 'false'";

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
    writeNamed("tiny/1", 1, "0", "2", "1"); // In the order of folders: class 1 is the third.
    FrontPageTest.writeTeacher(folder.resolve("teacher/1"));
    try (Asked asked = new Asked(folder.resolve("teacher"), folder.resolve("tiny"));
        Browser browser = new Browser(chromium, folder.resolve("profile"), PHONE)) {
      browser.open(asked.uri("/"));
      browser.await("document.querySelectorAll('section').length === 2");
      assertEquals(
          "tiny", browser.value("document.querySelector('section').dataset.model").getAsString());
      browser.await("document.querySelectorAll('img').length === 16 && " + IDLE);

      browser.value("document.getElementById('seed').value = '41'");
      browser.value("document.getElementById('class').value = '2'");
      browser.value("document.getElementById('count').value = '3'");
      browser.value("document.getElementById('guidance').value = '2.5'");
      browser.value("document.getElementById('draw').click()");
      browser.await("document.querySelectorAll('img').length === 6 && " + IDLE);
      browser.await("[...document.images].every(i => i.complete && i.naturalWidth === 8)");
      String text = browser.value("document.body.innerText").getAsString();
      assertTrue(text.contains("seed 43"), text);
      assertTrue(text.contains("class 2 1\n"), "the student's own number\n" + text);
      assertTrue(text.contains("class 1, guidance 2.5"), text);
      assertTrue(text.contains("35 evaluations an image (twice as many with guidance)"), text);
      assertEquals(2, text.split(" ms an image \\(3 in ").length - 1, text);
      assertEquals("", browser.value("document.getElementById('error').textContent").getAsString());
      int wide = browser.value("document.documentElement.scrollWidth").getAsInt();
      assertTrue(
          wide <= browser.value("window.innerWidth").getAsInt(),
          "the page is " + wide + " pixels wide");

      browser.value("document.getElementById('count').value = '65'");
      browser.value("document.getElementById('order').noValidate = true");
      browser.value("document.getElementById('draw').click()");
      browser.await(
          "[...document.querySelectorAll('section')]"
              + ".every(s => s.innerText.includes(\"count is '65'\"))");
    }
  }

  /** Also of a version that has been loaded since the page was opened. */
  @Test
  void aClassIsFoundByItsNameInEachModel() throws Exception {
    Path chromium = chromium();
    writeNamed("tiny/1", 1, "cat", "dog", "owl");
    FrontPageTest.writeTeacher(folder.resolve("teacher/1"));
    name("teacher/1", "dog", "cat", "eel");
    try (Asked asked = new Asked(folder.resolve("teacher"), folder.resolve("tiny"));
        Browser browser = new Browser(chromium, folder.resolve("profile"), PHONE)) {
      browser.open(asked.uri("/"));
      browser.await("document.querySelectorAll('img').length === 16 && " + IDLE);
      assertEquals(
          "0 cat|1 dog|2 owl|2 eel|no class",
          browser
              .value("[...document.getElementById('class').options].map(o => o.text).join('|')")
              .getAsString());
      browser.value("document.getElementById('count').value = '1'");
      draw(browser, 1);
      browser.await(section("tiny", "class 1 dog") + " && " + section("teacher", "class 0 dog"));
      String drawn = asked.get("/page/images?model=teacher&seed=0&count=1&class=0").body();
      String dog = drawn.substring(drawn.indexOf("[\"") + 2, drawn.indexOf("\"]"));
      assertEquals(
          "data:image/png;base64," + dog,
          browser.value("document.querySelector('[data-model=teacher] img').src").getAsString());
      draw(browser, 2);
      browser.await(
          section("tiny", "class 2 owl")
              + " && "
              + section("teacher", "class is 'owl', expected one of 0 dog"));

      writeNamed("tiny/2", 2, "owl", "cat", "dog");
      BadVersionsTest.awaitStatus(asked, "tiny", 2, "\"AVAILABLE\"");
      browser.value("document.getElementById('draw').click()");
      browser.await(section("tiny", "version 2") + " && " + section("tiny", "class 0 owl"));
      browser.await(IDLE);

      // Loaded between the question which models there are, and the images.
      browser.value(
          "{ const now = get, then = JSON.parse(listed);"
              + " get = path => { if (path !== '/page/models') return now(path);"
              + " get = now; return Promise.resolve(then); } }");
      writeNamed("tiny/3", 3, "cat", "owl", "dog");
      BadVersionsTest.awaitStatus(asked, "tiny", 3, "\"AVAILABLE\"");
      browser.value("document.getElementById('draw').click()");
      browser.await(section("tiny", "version 3") + " && " + section("tiny", "class 1 owl"));
      browser.await(IDLE);

      // Which does not say how many classes it knows.
      writeOf("tiny/" + LARGE, 4, info -> info.replaceFirst("(?m)^classes: 3\n", ""));
      BadVersionsTest.awaitStatus(asked, "tiny", LARGE, "\"AVAILABLE\"");
      browser.value("document.getElementById('number').value = '2'");
      browser.value("document.getElementById('draw').click()");
      browser.await(section("tiny", "version " + LARGE) + " && " + section("tiny", "class 2"));
      assertEquals(
          false, browser.value("document.getElementById('number-label').hidden").getAsBoolean());
    }
  }

  private void writeNamed(String version, long seed, String... classes) throws Exception {
    writeOf(version, seed, info -> info + FrontPageTest.named(classes));
  }

  private void writeOf(String version, long seed, UnaryOperator<String> info) throws Exception {
    Path aside = folder.resolve("aside").resolve(version);
    TinyStudent.write(aside, seed);
    Path file = aside.resolve("assets.extra/denoiser.pbtxt");
    Files.writeString(file, info.apply(Files.readString(file)));
    Files.createDirectories(folder.resolve(version).getParent());
    Files.move(aside, folder.resolve(version));
  }

  private void name(String version, String... classes) throws Exception {
    Path info = folder.resolve(version).resolve("assets.extra/denoiser.pbtxt");
    Files.writeString(info, FrontPageTest.named(classes), StandardOpenOption.APPEND);
  }

  private static void draw(Browser browser, int choice) throws Exception {
    browser.await(IDLE);
    browser.value("document.getElementById('class').value = '" + choice + "'");
    browser.value("document.getElementById('draw').click()");
  }

  private static String section(String model, String text) {
    String section = "document.querySelector('[data-model=" + model + "]')";
    return section + ".innerText.includes(\"" + text + "\")";
  }

  /** What is typed while something else is drawn is not forgotten, nor is Enter. */
  @Test
  void whatIsTypedIsDrawn() throws Exception {
    Path chromium = chromium();
    TinyStudent.writeOfTexts(folder.resolve("texts/1"), 1);
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    FrontPageTest.writePoints(folder.resolve("points/1"));
    try (Asked asked =
            new Asked(folder.resolve("texts"), folder.resolve("points"), folder.resolve("tiny"));
        Browser browser = new Browser(chromium, folder.resolve("profile"), PHONE)) {
      browser.open(asked.uri("/"));
      browser.await("document.querySelectorAll('img').length === 16 && " + IDLE);
      String all = browser.value("document.body.innerText").getAsString();
      assertTrue(all.contains("points, version 1: not drawn here\n"), all);
      assertTrue(all.contains("\nwhat it draws is no picture"), all);
      String before =
          browser.value("document.querySelector('[data-model=texts] img').src").getAsString();
      browser.value("document.getElementById('prompt').value = 'red'");
      browser.value(
          "document.getElementById('draw').click();"
              + " document.getElementById('prompt').value = 'red heart';"
              + " document.getElementById('prompt').dispatchEvent(new Event('input'))");
      browser.await(
          "[...document.querySelectorAll('[data-model=texts] img')]"
              + ".every(i => i.alt.includes('red heart')) && "
              + IDLE);
      assertTrue(browser.value(section("texts", "prompt: red heart")).getAsBoolean());
      assertNotEquals(
          before,
          browser.value("document.querySelector('[data-model=texts] img').src").getAsString());
      assertEquals("", browser.value("document.getElementById('error').textContent").getAsString());

      // While one types the student of texts is drawn alone; on Enter the other too.
      browser.value("document.getElementById('seed').value = '41'");
      browser.value("const now = get, held = [];");
      browser.value("get = path => new Promise(go => held.push(go)).then(() => now(path))");
      browser.value(
          "document.getElementById('prompt').focus();"
              + " document.getElementById('prompt').dispatchEvent(new Event('input'))");
      browser.enter();
      browser.value("get = now; held.forEach(go => go())");
      browser.await(section("tiny", "seed 48") + " && " + section("texts", "seed 48"));
    }
  }
}
