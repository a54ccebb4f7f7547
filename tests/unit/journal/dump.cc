#include "tests/unit/journal/dump.h"

#include "common/journal/merkle.h"
#include "common/journal/tiles.h"

namespace urna::journal {
namespace {

class Text {
 public:
  Text& put(std::string_view bytes) {
    text_ += to_hex(bytes);
    text_ += ' ';
    return *this;
  }
  Text& put(std::uint64_t number) {
    text_ += std::to_string(number);
    text_ += ' ';
    return *this;
  }
  void line(std::string_view what) { text_.append("\n").append(what).append(" "); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

Result<void> dump_logs(Store& store, Text& text) {
  auto entries = store.read_election(0, 100'000, std::size_t{1} << 40);
  if (!entries) return std::unexpected(std::move(entries.error()));
  for (const auto& [position, entry] : *entries) {
    text.line("entry");
    text.put(position).put(entry.id.view()).put(hash_view(entry.leaf)).put(entry.kind);
    text.put(entry.unit).put(entry.voivodeship).put(entry.source).put(entry.record);
  }
  auto rows = store.read_operations(0, 100'000);
  if (!rows) return std::unexpected(std::move(rows.error()));
  for (const auto& [position, row] : *rows) {
    text.line("operation");
    text.put(position).put(hash_view(row.leaf)).put(row.entry);
  }
  return {};
}

Result<void> dump_tiles(Store& store, LogKind log, Text& text) {
  const auto size = store.size(log);
  if (!size) return std::unexpected(size.error());
  for (unsigned level = 0; level < 2; ++level) {
    for (std::uint64_t index = 0; tile_is_full(*size, level, index); ++index) {
      auto tile = store.tile(log, level, index);
      if (!tile) return std::unexpected(std::move(tile.error()));
      text.line("tile");
      text.put(static_cast<std::uint64_t>(log)).put(level).put(index).put(tile_bytes(*tile));
    }
  }
  return {};
}

}  // namespace

Result<std::string> dump(Store& store) {
  Text text;
  const auto id = store.log_id();
  if (!id) return std::unexpected(id.error());
  text.put(id->view());
  if (auto done = dump_logs(store, text); !done) return std::unexpected(done.error());
  auto parts = store.for_each_part([&](const StoredBlob& blob) {
    text.line("blob");
    text.put(blob.digest.view()).put(blob.bytes);
  });
  if (!parts) return std::unexpected(parts.error());
  const auto cursors = store.cursors();
  if (!cursors) return std::unexpected(cursors.error());
  for (const Cursor& cursor : *cursors) {
    text.line("cursor");
    text.put(cursor.peer).put(static_cast<std::uint64_t>(cursor.kind)).put(cursor.log_id);
    text.put(cursor.position).put(cursor.size).put(cursor.root).put(cursor.notices);
  }
  const auto notices = store.read_notices(0, 100'000);
  if (!notices) return std::unexpected(notices.error());
  for (const auto& [number, notice] : *notices) {
    text.line("notice");
    text.put(number).put(notice.id.view()).put(notice.centre_log_id).put(notice.position);
  }
  for (const LogKind log : {LogKind::kElection, LogKind::kOperations}) {
    if (auto done = dump_tiles(store, log, text); !done) return std::unexpected(done.error());
  }
  return text.take();
}

}  // namespace urna::journal
