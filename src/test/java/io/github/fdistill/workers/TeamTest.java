package io.github.fdistill.workers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TeamTest {
  @Test
  void aListIsRefusedWhereItIsNone() {
    assertEquals("[a:1, [::1]:65534]", Team.of("x", "a:1, [::1]:65534", 1).workers().toString());
    for (String list :
        List.of("", "a", "a:0", "a:65535", "a:1,", "a:1,a:1", "a b:1", "::1:7", "a:1,a:2")) {
      assertThrows(InputException.class, () -> Team.of("x", list, 0), list);
    }
    assertThrows(InputException.class, () -> Team.of("x", "a:1,b:1", 2));
    assertEquals(2, Team.of("x", "a:1,b:1,a:3", 0).here());
    assertEquals(1, Team.of("x", "a:1,b:1,a:3", 1).here());
  }

  @Test
  void theChiefIsTheFirstWorker() {
    String cluster = "{\"cluster\": {\"chief\": [\"c:1\"], \"worker\": [\"w:1\", \"v:1\"]},";
    Team second =
        TfConfig.team(cluster + "\"task\": {\"type\": \"worker\", \"index\": 0}}").orElseThrow();
    assertEquals("[c:1, w:1, v:1]", second.workers().toString());
    assertEquals(1, second.worker());
    Team first =
        TfConfig.team(cluster + "\"task\": {\"type\": \"chief\", \"index\": \"0\"}}").orElseThrow();
    assertEquals(0, first.worker());
    String old = cluster.replace("chief", "master");
    Team third =
        TfConfig.team(old + "\"task\": {\"type\": \"worker\", \"index\": 1}}").orElseThrow();
    assertEquals("[c:1, w:1, v:1]", third.workers().toString());
    assertEquals(2, third.worker());
    String master = old + "\"task\": {\"type\": \"master\", \"index\": 0}}";
    assertEquals(0, TfConfig.team(master).orElseThrow().worker());
  }

  @Test
  void whatNamesNoClusterIsNoTeamAndWhatIsNoJsonIsRefused() {
    assertEquals(Optional.empty(), TfConfig.team("{}"));
    assertEquals(Optional.empty(), TfConfig.team(""));
    assertEquals(Optional.empty(), TfConfig.team("{\"cluster\": {\"worker\": [\"a:1\"]}}"));
    String alone = "{\"cluster\": {\"master\": [\"a:1\"]}, \"task\": {\"type\": \"master\"}}";
    assertEquals(Optional.empty(), TfConfig.team(alone), "one process, whatever its job");
    assertEquals(Optional.empty(), TfConfig.team("{\"cluster\": {}, \"task\": {\"type\": \"x\"}}"));
    String two = "{\"cluster\": {\"worker\": [\"a:1\", \"b:1\"]}";
    String servers = "{\"cluster\": {\"worker\": [\"a:1\", \"b:1\"], \"ps\": ";
    String first = ", \"task\": {\"type\": \"worker\", \"index\": 0}}";
    assertTrue(TfConfig.team(servers + "[]}" + first).isPresent(), "a job of nobody");
    for (String text :
        List.of(
            "{",
            servers + "[\"c:1\"]}" + first,
            "{\"cluster\": {\"worker\": [\"a:1\"], \"ps\": [\"c:1\"]}" + first,
            "{\"cluster\": {\"worker\": [\"a:1\"]}, \"task\": {\"type\": \"ps\", \"index\": 0}}",
            two + "}",
            two + ", \"task\": 3}",
            two + ", \"task\": {\"type\": \"ps\", \"index\": 0}}",
            two + ", \"task\": {\"type\": \"worker\", \"index\": 2}}",
            two + ", \"task\": {\"type\": \"worker\", \"index\": \"x\"}}",
            two + ", \"cluster\": {}}",
            "{\"cluster\": null}",
            two + ", \"task\": {\"type\": \"worker\", \"index\": 0}} {}",
            "{\"cluster\": {\"worker\": 3}}",
            "{\"cluster\": 3}")) {
      assertThrows(InputException.class, () -> TfConfig.team(text), text);
    }
    String chief = "{\"cluster\": {\"chief\": [\"c:1\"], \"worker\": [\"a:1\", \"b:1\"]}";
    for (String task : List.of("worker -1", "chief 1", "worker 1.5", "worker 2", "master 0")) {
      String[] each = task.split(" ");
      String text = ", \"task\": {\"type\": \"" + each[0] + "\", \"index\": " + each[1] + "}}";
      InputException e =
          assertThrows(InputException.class, () -> TfConfig.team(chief + text), task);
      assertTrue(e.getMessage().contains("the index '" + each[1] + "' in the job"), e.getMessage());
    }
    String sparse = "{\"sparseCluster\": {\"worker\": {\"1\": \"b:1\"}}" + first;
    InputException e = assertThrows(InputException.class, () -> TfConfig.team(sparse));
    assertTrue(e.getMessage().contains("leave enableDynamicWorker out"), e.getMessage());
  }

  @Test
  void slurmsListsAreWrittenOut() {
    Locale own = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("fa-IR")); // Which has digits of its own.
    try {
      assertEquals(
          List.of("gpu01", "gpu02", "gpu07", "login", "a9-x", "a10-x"),
          Slurm.hosts("gpu[01-02,07],login,a[9-10]-x"));
      List<String> two = List.of("r0n08", "r0n09", "r1n08", "r1n09", "x");
      assertEquals(two, Slurm.hosts("r[0-1]n[08,09],x"));
      assertEquals(1025, Slurm.hosts("r[0-99]n[0-99]").size(), "no more than tell that it is long");
    } finally {
      Locale.setDefault(own);
    }
    Map<String, String> task =
        Map.of(
            "SLURM_STEP_NODELIST", "n[1-2]",
            "SLURM_STEP_TASKS_PER_NODE", "2,1",
            "SLURM_JOB_ID", "5001",
            "SLURM_PROCID", "2");
    Team team = Slurm.team(task);
    assertEquals("[n1:20016, n1:20018, n2:20016]", team.workers().toString());
    assertEquals(2, team.worker());
    Map<String, String> next = new HashMap<>(task);
    next.put("SLURM_STEP_ID", "1");
    assertEquals(
        "[n1:36160, n1:36162, n2:36160]", Slurm.team(next).workers().toString(), "another step");
    Map<String, String> again = new HashMap<>(task);
    again.put("SLURM_RESTART_COUNT", "2");
    assertEquals(
        "[n1:52304, n1:52306, n2:52304]", Slurm.team(again).workers().toString(), "begun again");
    next.put("SLURMD_NODENAME", "n2");
    assertEquals(2, Slurm.team(next).worker());
    next.put("SLURM_PROCID", "1"); // As srun -m cyclic places the second of three.
    InputException cyclic = assertThrows(InputException.class, () -> Slurm.team(next));
    assertTrue(cyclic.getMessage().contains("task 1 on n2, and not on n1"), cyclic.getMessage());
    assertTrue(cyclic.getMessage().contains("--distribution=block"), cyclic.getMessage());
    assertThrows(InputException.class, () -> Slurm.team(Map.of()));
    for (String list : List.of("n[x-2]", "n[-2]", "n[1-99999999999999999999]", "n[,]", "n[1]]")) {
      Map<String, String> odd = new HashMap<>(task);
      odd.put("SLURM_STEP_NODELIST", list + ",n3");
      assertThrows(InputException.class, () -> Slurm.team(odd), list);
    }
  }

  @Test
  void anAddressIsPublicWhereTheInternetKnowsTheWay() throws UnknownHostException {
    String[] others = {
      "8.8.8.8", "100.128.0.1", "2001:4860::1", "198.20.0.1", "192.0.3.1", "fe00::"
    };
    for (String open : others) {
      assertTrue(Exposure.isPublic(InetAddress.getByName(open)), open);
    }
    String own = "10.1.2.3 192.168.0.1 172.16.0.1 100.64.0.1 100.127.0.1 127.0.0.1 fd00::1";
    String written = " 192.0.2.2 198.51.100.9 203.0.113.255 2001:db8:1::1 3fff::1";
    for (String closed : (own + written + " 198.19.255.1 2001:2::1").split(" ")) {
      assertFalse(Exposure.isPublic(InetAddress.getByName(closed)), closed);
    }
    InetAddress open = InetAddress.getByName("8.8.8.8");
    String told = Exposure.refusal(open, false, "--yes").getMessage();
    assertTrue(told.contains("8.8.8.8") && told.contains("let only the workers"), told);
    String here = Exposure.refusal(open, true, "--yes").getMessage();
    assertTrue(here.contains("this machine's ports") && here.contains("name them: --w"), here);
    assertTrue(told.contains("say --yes") && here.contains("say --yes"), here);
  }
}
