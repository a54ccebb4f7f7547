#include "tests/drill/desk.h"

#include <algorithm>
#include <thread>

#include "common/service/files.h"
#include "tests/drill/child.h"

namespace urna::drill {

namespace {

constexpr std::string_view kQueue = "queue";
constexpr std::string_view kNothingWaits = "0 waiting";

using OnOk = std::function<void(std::string_view)>;

Result<void> write_commands(const std::filesystem::path& file,
                            const std::vector<std::string>& commands) {
  std::string text;
  for (const std::string& command : commands) text += command + "\n";
  return service::write_file_atomically(file, text);
}

Result<std::vector<DeskAnswer>> ask(const DeskOptions& options,
                                    const std::vector<std::string>& commands, const OnOk& on_ok) {
  const std::filesystem::path input = options.folder / "commands.txt";
  if (auto written = write_commands(input, commands); !written) {
    return std::unexpected(std::move(written.error()));
  }
  std::vector<DeskAnswer> answers;
  std::string unread;
  const auto read = [&](std::string_view piece) {
    unread.append(piece);
    for (std::size_t end; (end = unread.find('\n')) != unread.npos; unread.erase(0, end + 1)) {
      auto answer = parse_answer(std::string_view(unread).substr(0, end));
      if (!answer) continue;
      if (answer->ok && answers.size() < commands.size() && commands[answers.size()] != kQueue) {
        on_ok(commands[answers.size()]);
      }
      answers.push_back(std::move(*answer));
    }
  };
  const auto finished = run_program(
      {options.program.string(), "desk", "--config", options.config.string(), "--licence",
       options.licence.string(), "--certificate", options.certificate.string()},
      options.log, {.input = input, .on_output = read});
  if (!finished) return std::unexpected(finished.error());
  const bool all_ok = std::ranges::all_of(answers, &DeskAnswer::ok);
  if (answers.size() != commands.size() || finished->status != (all_ok ? 0 : 1)) {
    return fail(ErrorCode::kInternal, "the desk ended with " + std::to_string(finished->status) +
                                          " after " + std::to_string(answers.size()) +
                                          " answers to " + std::to_string(commands.size()) +
                                          " commands; see " + options.log.string());
  }
  return answers;
}

}  // namespace

std::optional<DeskAnswer> parse_answer(std::string_view line) {
  const std::string_view word = line.substr(0, line.find(' '));
  if (word != "ok" && word != "refused") return std::nullopt;
  return DeskAnswer{word == "ok", std::string(line.substr(std::min(word.size() + 1, line.size())))};
}

Result<std::vector<std::string>> work_at_desk(const DeskOptions& options,
                                              std::vector<std::string> commands,
                                              const std::function<void(std::string_view)>& on_ok,
                                              const std::function<bool()>& stopping) {
  const auto deadline = std::chrono::steady_clock::now() + options.patience;
  for (;;) {
    std::vector<std::string> given = commands;
    if (options.ask_queue) given.emplace_back(kQueue);
    const auto answers = ask(options, given, on_ok);
    if (!answers) return std::unexpected(answers.error());
    std::vector<std::string> wrong;
    std::vector<std::string> again;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if ((*answers)[i].ok) continue;
      wrong.push_back(commands[i] + ": " + (*answers)[i].text);
      again.push_back(commands[i]);
    }
    const DeskAnswer& last = answers->back();
    if (options.ask_queue && wrong.empty() && !(last.ok && last.text.starts_with(kNothingWaits))) {
      wrong.push_back(std::string(kQueue) + ": " + last.text);
    }
    if (wrong.empty() || stopping() || std::chrono::steady_clock::now() > deadline) return wrong;
    commands = std::move(again);
    std::this_thread::sleep_for(options.pause);
  }
}

}  // namespace urna::drill
