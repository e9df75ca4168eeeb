package io.github.fdistill.journal;

/** One way to show progress. */
interface ProgressView {
  /** Shows nothing. */
  ProgressView NONE =
      new ProgressView() {
        @Override
        public void show(long step, String numbers) {}

        @Override
        public void close() {}
      };

  /** {@code numbers}: speed, time left and what the work has to say. */
  void show(long step, String numbers);

  /** Nothing more will come. */
  void close();
}
