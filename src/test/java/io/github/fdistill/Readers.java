package io.github.fdistill;

import io.github.fdistill.client.ClientFiles;
import io.github.fdistill.data.DataFiles;
import io.github.fdistill.data.PublishedMoments;
import io.github.fdistill.evaluation.EvaluationFiles;
import io.github.fdistill.hosting.HostingFiles;
import io.github.fdistill.imports.ForeignFiles;
import io.github.fdistill.journal.JournalFiles;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.run.RunsFiles;
import io.github.fdistill.server.ServingFiles;
import io.github.fdistill.server.WireFiles;
import io.github.fdistill.workers.WorkersFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything that reads what may come from anywhere: the file that it reads, a good one to begin
 * with, and the reading itself, as far as it goes before anything is computed. What comes over a
 * network is a file here that is sent.
 */
enum Readers {
  /** As inspect, sample and train read a model. */
  NETWORK("model/1/saved_model.pb", PlainFiles::model, PlainFiles::readNetwork),
  /** As serve looks at a model before TensorFlow loads it. */
  SERVED("model/1/saved_model.pb", PlainFiles::model, PlainFiles::readServed),
  INDEX("model/1/variables/variables.index", PlainFiles::model, PlainFiles::readIndex),
  DESCRIPTION(
      "model/1/assets.extra/denoiser.pbtxt", PlainFiles::model, PlainFiles::readDescription),
  FROZEN("frozen.pb", MoreFiles::frozen, MoreFiles::readModel),
  OBJECTS(
      "objects/variables/variables.data-00000-of-00001",
      MoreFiles::objects,
      file -> MoreFiles.readModel(file.resolve("../.."))),
  NONE("none/assets.extra/none.pb", MoreFiles::none, MoreFiles::readNone),
  WARM_UP(
      "warm/1/assets.extra/tf_serving_warmup_requests",
      HostingFiles::warmUp,
      HostingFiles::readWarmUp),

  ONNX("net.onnx", MoreFiles::onnx, ForeignFiles::lookAtOnnx),
  SAFETENSORS("a.safetensors", MoreFiles.copied("ok.safetensors"), ForeignFiles::look),
  PICKLE("a.pkl", MoreFiles.copied("ok-mini.pkl"), ForeignFiles::look),
  TORCH("a.pt", MoreFiles.copied("ok-zip.pt"), ForeignFiles::look),
  TORCH_LEGACY("legacy.pt", MoreFiles.copied("ok-legacy.pt"), ForeignFiles::look),
  SHARDS(
      "m/model.safetensors.index.json", MoreFiles::shards, f -> ForeignFiles.look(f.getParent())),
  DIFFUSERS(
      "unet/config.json", MoreFiles::diffusers, f -> ForeignFiles.lookAtFolder(f.getParent())),
  SCHEDULER("unet/scheduler_config.json", MoreFiles::diffusers, ForeignFiles::lookAtScheduler),
  CLIP("clip/config.json", MoreFiles::clip, f -> ForeignFiles.lookAtClip(f.getParent())),
  LIKE("like.pbtxt", MoreFiles::like, MoreFiles::readLike),

  PNG("png/a.png", Pictures::some, Pictures::read),
  JPEG("jpeg/a.jpg", Pictures::some, Pictures::read),
  GIF("gif/a.gif", Pictures::some, Pictures::read),
  BMP("bmp/a.bmp", Pictures::some, Pictures::read),
  TIFF("tiff/a.tif", Pictures::some, Pictures::read),
  WEBP("webp/a.webp", Pictures::some, Pictures::read),

  ARRAY("images.npy", PlainFiles::array, PlainFiles::look),
  LABELS(
      "images.labels.npy",
      PlainFiles::labels,
      file -> PlainFiles.look(file.resolveSibling("images.npy"))),
  ROWS("rows.npy", CaptionFiles::rows, CaptionFiles::readRows),
  TABLE("table.npy", MoreFiles::table, MoreFiles::readTable),
  MOMENTS("moments.npz", ArchivedFiles::moments, PublishedMoments::read),
  IDX("idx/train-images-idx3-ubyte", PlainFiles::idx, PlainFiles::lookAround),
  IDX_GZIP("idxgz/train-images-idx3-ubyte.gz", PlainFiles::idxGzip, PlainFiles::lookAround),
  CHECKSUMS("idx/SHA256SUMS", PlainFiles::checksums, PlainFiles::lookAround),
  CIFAR("cifar/data_batch_1", MoreFiles::cifar, PlainFiles::lookAround),
  CIFAR_BINARY("cifar2/data_batch_1.bin", CaptionFiles::cifar, PlainFiles::lookAround),
  NPZ("images.npz", ArchivedFiles::npz, PlainFiles::look),
  ZIP("pictures.zip", ArchivedFiles::zip, PlainFiles::look),
  TAR("pictures.tar", ArchivedFiles::tar, PlainFiles::look),
  TAR_GZIP("pictures.tar.gz", ArchivedFiles::tarGzip, PlainFiles::look),
  TAR_SHARDS("tars/00000.tar", CaptionFiles::tars, PlainFiles::readCaptions),
  DATASET_JSON("edm/dataset.json", ArchivedFiles::datasetJson, PlainFiles::lookAround),
  CLASSES("images.classes.txt", ArchivedFiles::classes, ArchivedFiles::readClasses),
  METADATA("meta/metadata.jsonl", PlainFiles::metadata, PlainFiles::readCaptions),
  CAPTIONS("images.captions.jsonl", PlainFiles::captions, PlainFiles::readCaptions),
  CAPTION_TEXT("texts/a.txt", CaptionFiles::text, PlainFiles::readCaptions),
  CAPTION_JSON("jsons/a.json", CaptionFiles::json, PlainFiles::readCaptions),
  PROMPTS("prompts.txt", CaptionFiles::prompts, CaptionFiles::readPrompts),
  SURVEY("survey.json", DataFiles::survey, DataFiles::readSurvey),

  VOCABULARY("tokenizer/vocab.json", PlainFiles::tokenizer, PlainFiles::readTokenizer),
  MERGES("tokenizer/merges.txt", PlainFiles::tokenizer, PlainFiles::readTokenizer),
  TOKENIZER_CONFIG(
      "tokenizer/tokenizer_config.json", PlainFiles::tokenizer, PlainFiles::readTokenizer),
  SPECIAL_TOKENS("padded/special_tokens_map.json", MoreFiles::padded, PlainFiles::readTokenizer),
  TOKENIZER_JSON("whole/tokenizer.json", ArchivedFiles::wholeTokenizer, PlainFiles::readTokenizer),

  SETTINGS("distill.pbtxt", PlainFiles::settings, PlainFiles::readSettings),
  MODELS_CONFIG("served/models.config", ArchivedFiles::modelsConfig, ServingFiles::look),
  BATCHING("served/batching_parameters.pbtxt", ArchivedFiles::batching, ServingFiles::look),
  TF_CONFIG("TF_CONFIG", WorkersFiles::tfConfig, WorkersFiles::readTfConfig),
  SLURM("SLURM", WorkersFiles::slurm, WorkersFiles::readSlurm),

  METRICS("metrics.jsonl", PlainFiles::metrics, Metrics::read),
  RECORD("record.json", PlainFiles::record, PlainFiles::readRecord),
  MANIFEST("checkpoint/MANIFEST", JournalFiles::manifest, JournalFiles::readManifest),
  EVENTS("events/events.out.tfevents.00000001", JournalFiles::events, JournalFiles::readEvents),
  INPUTS("run/inputs", RunsFiles::inputs, RunsFiles::readInputs),
  EXPORTED("run/exported", RunsFiles::exported, RunsFiles::readExported),
  REPORT("report/metrics.jsonl", RunsFiles::report, RunsFiles::readReport),
  STATISTICS(
      "statistics/a.statistics", EvaluationFiles::statistics, EvaluationFiles::readStatistics),
  REFERENCE_CLASSES("statistics/a.classes", EvaluationFiles::classes, EvaluationFiles::readClasses),

  JSON_REQUEST("request.json", PlainFiles::jsonRequest, PlainFiles::readJsonRequest),
  PROTOBUF_REQUEST("request.pb", MoreFiles::request, MoreFiles::readRequest),
  HTTP_REQUEST("http/request", WireFiles::http, WireFiles::sendHttp),
  HTTP2_REQUEST("http2/request", WireFiles::http2, WireFiles::sendHttp2),
  GRPC_REQUEST("grpc/request", WireFiles::grpc, WireFiles::sendGrpc),
  RECORDS("records", MoreFiles::records, MoreFiles::readRecords),
  MODEL_ANSWER("answer", HostingFiles::answer, HostingFiles::readAnswer),
  WORKER_CALL("call", WorkersFiles::call, WorkersFiles::readCall),
  SERVER_ANSWER("http/answer", ClientFiles::images, ClientFiles::readImages),
  SERVER_METADATA("http/metadata", ClientFiles::metadata, ClientFiles::readMetadata);

  /** What is done with a file. */
  interface Use {
    void of(Path file) throws IOException;
  }

  private final String file;
  private final Use good;
  private final Use reading;

  Readers(String file, Use good, Use reading) {
    this.file = file;
    this.good = good;
    this.reading = reading;
  }

  /** What it reads, below a folder. */
  String file() {
    return file;
  }

  /** Writes a file that can be read, with what stands beside it. */
  void writeGood(Path folder) throws IOException {
    Path to = folder.resolve(file);
    boolean inModel = file.startsWith("model/"); // Which is written whole.
    Files.createDirectories(inModel ? folder : to.getParent());
    good.of(to);
  }

  /** Good files, of which each is put in the place of the one that was written. */
  List<byte[]> goodOnes(Path folder) throws IOException {
    return switch (this) {
      case PNG, JPEG, GIF, BMP, TIFF, WEBP -> Pictures.all(folder.resolve(file));
      case HTTP_REQUEST -> WireFiles.allHttp();
      case GRPC_REQUEST -> WireFiles.allGrpc();
      default -> List.of(Files.readAllBytes(folder.resolve(file)));
    };
  }

  /** Reads it; what is wrong with it is told as {@code InputException} or {@code ApiException}. */
  void read(Path folder) throws IOException {
    reading.of(folder.resolve(file));
  }
}
