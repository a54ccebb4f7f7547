#include "tests/unit/validation/official_data.h"

#include <zlib.h>

#include <memory>
#include <sstream>
#include <stdexcept>

namespace urna::validation {

namespace {

std::vector<std::string> split(const std::string& line) {
  if (line.find('"') != std::string::npos) throw std::runtime_error("quoted field: " + line);
  std::vector<std::string> fields(1);
  for (char c : line) {
    if (c == ',') {
      fields.emplace_back();
    } else {
      fields.back().push_back(c);
    }
  }
  return fields;
}

std::string read_compressed(const std::filesystem::path& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (file == nullptr) throw std::runtime_error("cannot open " + path.string());
  std::string text;
  std::vector<char> buffer(65536);
  int got = 0;
  while ((got = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (got < 0) throw std::runtime_error("cannot read " + path.string());
  return text;
}

}  // namespace

std::filesystem::path data_folder(const std::string& data_set) {
  const char* set = std::getenv("URNA_DATA");
  return std::filesystem::path(set != nullptr ? set : URNA_DATA_DEFAULT) / data_set;
}

std::vector<Row> read_table(const std::filesystem::path& path) {
  std::istringstream lines(read_compressed(path));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> header = split(line);
  std::vector<Row> rows;
  while (std::getline(lines, line)) {
    const std::vector<std::string> fields = split(line);
    if (fields.size() != header.size()) throw std::runtime_error("ragged row: " + line);
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < fields.size(); ++i) row[header[i]] = fields[i];
  }
  return rows;
}

model::Cell cell_of_text(const std::string& text) {
  return text.empty() ? model::kEmptyCell
                      : model::cell_of(static_cast<std::uint32_t>(std::stoul(text)));
}

}  // namespace urna::validation
