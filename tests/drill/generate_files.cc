#include "tests/drill/generate_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "common/csv/csv.h"

namespace urna::drill {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

template <class Kind>
struct Named {
  Kind kind;
  std::string_view text;
};
constexpr Named<v1::UnitKind> kUnitKinds[] = {
    {v1::UNIT_KIND_NATIONAL, "national"}, {v1::UNIT_KIND_VOIVODESHIP, "voivodeship"},
    {v1::UNIT_KIND_POWIAT, "powiat"},     {v1::UNIT_KIND_CITY, "city"},
    {v1::UNIT_KIND_GMINA, "gmina"},       {v1::UNIT_KIND_WARSAW_DISTRICT, "district"}};
constexpr Named<v1::PrecinctType> kPrecinctTypes[] = {{v1::PRECINCT_TYPE_PERMANENT, "permanent"},
                                                      {v1::PRECINCT_TYPE_HOSPITAL, "hospital"},
                                                      {v1::PRECINCT_TYPE_CARE_HOME, "care-home"},
                                                      {v1::PRECINCT_TYPE_PRISON, "prison"},
                                                      {v1::PRECINCT_TYPE_DETENTION, "detention"}};

template <class Kind, std::size_t n>
std::string_view text_of(const Named<Kind> (&names)[n], Kind kind) {
  const auto* found = std::ranges::find(names, kind, &Named<Kind>::kind);
  return found == std::end(names) ? std::string_view() : found->text;
}
template <class Kind, std::size_t n>
Kind kind_of(const Named<Kind> (&names)[n], std::string_view text) {
  const auto* found = std::ranges::find(names, text, &Named<Kind>::text);
  return found == std::end(names) ? Kind() : found->kind;
}

Error os_failure(const std::filesystem::path& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return {full ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
          "cannot write " + path.string() + ": " + std::generic_category().message(error)};
}

}  // namespace

std::string protocols_file(std::string_view code) {
  return "protocols-" + std::string(code) + ".csv";
}
std::string votes_file(std::string_view code) { return "votes-" + std::string(code) + ".csv"; }

std::vector<std::string> nation_columns() {
  return {"format",  "precincts",   "seed",      "units", "contests",
          "options", "uncontested", "protocols", "votes"};
}
std::vector<std::string> unit_columns() {
  return {"unit", "kind", "parent", "name", "inhabitants"};
}
std::vector<std::string> precinct_columns() { return {"teryt", "precinct", "precinct_type"}; }
std::vector<std::string> contest_columns() {
  return {"id", "contest", "group", "area", "district", "seats", "rule_set", "form"};
}
std::vector<std::string> option_columns() { return {"id", "option", "name", "candidates"}; }
std::vector<std::string> uncontested_columns() { return {"id", "teryt", "precinct"}; }
std::vector<std::string> protocol_columns() {
  std::vector<std::string> columns = {"id", "teryt", "precinct"};
  columns.insert(columns.end(), kPoints.begin(), kPoints.end());
  return columns;
}
std::vector<std::string> vote_columns() {
  return {"id", "teryt", "precinct", "option", "votes", "candidates"};
}

std::string_view unit_kind_text(v1::UnitKind kind) { return text_of(kUnitKinds, kind); }
v1::UnitKind parse_unit_kind(std::string_view text) { return kind_of(kUnitKinds, text); }
std::string_view precinct_type_text(v1::PrecinctType type) { return text_of(kPrecinctTypes, type); }
v1::PrecinctType parse_precinct_type(std::string_view text) {
  return kind_of(kPrecinctTypes, text);
}

Result<CsvFile> CsvFile::create(const std::filesystem::path& path,
                                const std::vector<std::string>& columns) {
  service::FileHandle handle(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!handle.valid()) return std::unexpected(os_failure(path, errno));
  return onto(std::move(handle), path, columns);
}

CsvFile CsvFile::onto(service::FileHandle handle, std::filesystem::path path,
                      const std::vector<std::string>& columns) {
  CsvFile file(std::move(path), std::move(handle));
  file.buffer_.reserve(kBufferBytes + kBufferBytes / 16);
  file.buffer_ = csv::csv_line(columns);
  return file;
}

CsvFile& CsvFile::add(std::string_view text) {
  if (row_begun_) buffer_ += ',';
  row_begun_ = true;
  buffer_ += text;
  return *this;
}

CsvFile& CsvFile::add(std::uint64_t figure) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, figure).ptr;
  return add(std::string_view(digits, end));
}

void CsvFile::end_row() {
  buffer_ += '\n';
  row_begun_ = false;
  ++rows_;
  if (buffer_.size() >= kBufferBytes) flush();
}

void CsvFile::flush() {
  std::string_view left = buffer_;
  while (!failed() && !left.empty()) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      failure_ = os_failure(path_, errno);
    } else {
      left.remove_prefix(static_cast<std::size_t>(written));
      bytes_ += static_cast<std::uint64_t>(written);
    }
  }
  buffer_.clear();
}

Result<void> CsvFile::close() {
  flush();
  // Some file systems report a failed write only when the file is closed.
  if (file_.valid() && ::close(file_.release()) != 0 && !failed()) {
    failure_ = os_failure(path_, errno);
  }
  if (failed()) return std::unexpected(*failure_);
  return {};
}

}  // namespace urna::drill
