package io.github.fdistill.run;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.LoraConfig;
import io.github.fdistill.graph.Adapters;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.WholeAttention;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.training.Models;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is to be known of the size of networks before they are trained. */
final class NetworkNotes {
  private NetworkNotes() {}

  /** Of a distillation's networks, each once. */
  static List<String> of(Models models, DistillConfig config) {
    Map<NetworkFunction, StudentModel> trained = new IdentityHashMap<>();
    List<String> notes = new ArrayList<>();
    for (StudentModel model : List.of(models.student(), models.fakeScore())) {
      if (trained.put(model.function(), model) == null) {
        addAdapters(notes, model, config.getLora());
        addAttention(notes, model);
      }
    }
    if (!trained.containsKey(models.teacher().function())) {
      addAttention(notes, models.teacher());
    }
    return notes;
  }

  private static void addAdapters(List<String> notes, StudentModel model, LoraConfig lora) {
    if (lora.getRank() == 0) {
      return;
    }
    Adapters adapters =
        Adapters.of(model.function(), lora.getRank(), lora.getTargetsList(), model.origin());
    long numbers = adapters.parameters().size();
    if (numbers >= adapters.weights()) {
      notes.add(
          String.format(
              Locale.ROOT,
              "lora.rank=%d: the adapters of %s have %,d numbers, and the weights that they stand"
                  + " beside %,d; of a lower rank they have fewer",
              lora.getRank(),
              model.origin(),
              numbers,
              adapters.weights()));
    }
  }

  private static void addAttention(List<String> notes, StudentModel model) {
    List<WholeAttention> whole = WholeAttention.in(model.function());
    if (!whole.isEmpty()) {
      notes.add(
          String.format(
              Locale.ROOT,
              "attention over many tokens in one piece, %d in %s, the first %s (%s)",
              whole.size(),
              model.origin(),
              whole.get(0),
              WholeAttention.needed()));
    }
  }
}
