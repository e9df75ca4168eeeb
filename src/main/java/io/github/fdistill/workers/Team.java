package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * Who trains together.
 *
 * @param workers where each is reached; the first decides, and writes what the run leaves
 * @param worker which of them this process is, from 0
 */
public record Team(List<Address> workers, int worker) {
  private static final int MOST = 1024;

  public Team {
    workers = List.copyOf(workers);
    if (worker < 0 || worker >= workers.size() || workers.size() > MOST) {
      throw new IllegalArgumentException("worker " + worker + " of " + workers.size());
    }
  }

  /**
   * @param where it stands, for messages
   * @param list of HOST:PORT, with commas between
   * @param worker which of them this process is
   * @throws InputException when one is no address, two are the same, one is worker 0's next port,
   *     or there is no such worker
   */
  public static Team of(String where, String list, int worker) {
    return of(where, Arrays.asList(list.split(",", -1)), worker);
  }

  /** The same of a list. */
  static Team of(String where, List<String> list, int worker) {
    List<Address> all = new ArrayList<>();
    list.forEach(text -> all.add(Address.parse(where, text.strip())));
    if (new HashSet<>(all).size() < all.size() || all.size() > MOST) {
      throw new InputException(
          where,
          all.size() > MOST ? all.size() + " workers" : "an address that stands there twice",
          "no more than " + MOST + " workers, each with an address of its own",
          "correct the list; workers on one machine take ports that are two apart");
    }
    if (worker < 0 || worker >= all.size()) {
      throw new InputException(
          where,
          "worker " + worker + " of " + all.size(),
          "a number from 0 to " + (all.size() - 1),
          "give each worker its own place in the list, from 0");
    }
    Address second = new Address(all.get(0).host(), all.get(0).port() + 1);
    if (all.contains(second)) {
      throw new InputException(
          where,
          second + ", which is worker 0's second port",
          "other ports than worker 0's two, " + all.get(0).port() + " and the next",
          "correct the list; workers on one machine take ports that are two apart");
    }
    return new Team(all, worker);
  }

  /** How many of them, this one too, have this one's host. */
  public int here() {
    String host = workers.get(worker).host();
    return (int) workers.stream().filter(address -> address.host().equals(host)).count();
  }

  /** How a worker is called in messages. */
  String name(int number) {
    return "worker " + number + " (" + workers.get(number) + ")";
  }
}
