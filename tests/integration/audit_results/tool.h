// urna-results, run inside the test, and tables in and out of it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "central/audit/results/command.h"
#include "common/csv/csv.h"
#include "tests/support/temporary_folder.h"

namespace urna::audit {

using Row = std::map<std::string, std::string>;

struct Ran {
  int status = 0;
  std::string output;
  std::string errors;
};

inline Ran run(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"urna-results"};
  for (const std::string& one : arguments) argv.push_back(one.c_str());
  std::ostringstream out, err;
  const int status = run_results_program(static_cast<int>(argv.size()), argv.data(), out, err);
  return {status, out.str(), err.str()};
}

// Every row by the names of the header. Fails the test when the table is not sound.
inline std::vector<Row> read_rows(const std::filesystem::path& path) {
  std::vector<Row> rows;
  auto reader = csv::CsvReader::open(path);
  if (!reader) {
    ADD_FAILURE() << reader.error().message;
    return rows;
  }
  for (;;) {
    const auto more = reader->next();
    if (!more) ADD_FAILURE() << more.error().message;
    if (!more || !*more) return rows;
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < reader->header().size(); ++i) {
      row[reader->header()[i]] = reader->field(i);
    }
  }
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A folder for the tables of one test.
class Tables {
 public:
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string bytes(const std::string& name) const { return read_bytes(path(name)); }
  bool has(const std::string& name) const { return std::filesystem::exists(path(name)); }
  std::size_t files() const {
    const std::filesystem::directory_iterator all(folder_.path());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace urna::audit
