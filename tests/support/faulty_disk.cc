#include "tests/support/faulty_disk.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "common/base/check.h"

namespace urna::test {

namespace {

constexpr const char* kName = "urna-faulty-disk";

// The file SQLite holds; the system's own follows it in the same memory.
struct Handle {
  sqlite3_file base;
  FaultyDisk* disk;
  sqlite3_file* real;
  std::string* path;   // empty for a temporary file
  bool brings_folder;  // its sync also keeps the folder's entries
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
const sqlite3_io_methods& real_of(sqlite3_file* file) { return *handle_of(file).real->pMethods; }

std::optional<std::string> read_plain(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string content_of(sqlite3_file* real) {
  sqlite3_int64 size = 0;
  URNA_CHECK(real->pMethods->xFileSize(real, &size) == SQLITE_OK);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!bytes.empty()) {
    URNA_CHECK(real->pMethods->xRead(real, bytes.data(), static_cast<int>(size), 0) == SQLITE_OK);
  }
  return bytes;
}

}  // namespace

// The functions SQLite calls.
struct FaultyDiskCalls {
  using Verdict = FaultyDisk::Verdict;

  static FaultyDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<FaultyDisk*>(vfs->pAppData); }
  static Verdict next(sqlite3_file* file, DiskCall call) {
    return handle_of(file).disk->next(call);
  }
  static int failure(const FaultyDisk& disk, int io_error) {
    return disk.last_errno_ == ENOSPC ? SQLITE_FULL : io_error;
  }

  static int close(sqlite3_file* file) {
    Handle& handle = handle_of(file);
    const bool failed = handle.disk->next(DiskCall::kClose) == Verdict::kFail;
    const int code = handle.real->pMethods->xClose(handle.real);
    delete handle.path;
    return failed || handle.disk->dead_ ? SQLITE_IOERR_CLOSE : code;
  }
  static int read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
    if (next(file, DiskCall::kRead) == Verdict::kFail) return SQLITE_IOERR_READ;
    return real_of(file).xRead(handle_of(file).real, to, bytes, at);
  }
  static int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
    const Verdict verdict = next(file, DiskCall::kWrite);
    if (verdict == Verdict::kFail) return failure(*handle_of(file).disk, SQLITE_IOERR_WRITE);
    const int part = verdict == Verdict::kHalf ? bytes / 2 : bytes;
    const int code = real_of(file).xWrite(handle_of(file).real, from, part, at);
    return verdict == Verdict::kHalf ? SQLITE_FULL : after(file, code, SQLITE_IOERR_WRITE);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (next(file, DiskCall::kTruncate) == Verdict::kFail) return SQLITE_IOERR_TRUNCATE;
    return after(file, real_of(file).xTruncate(handle_of(file).real, size), SQLITE_IOERR_TRUNCATE);
  }
  static int sync(sqlite3_file* file, int flags) {
    Handle& handle = handle_of(file);
    const Verdict verdict = next(file, DiskCall::kSync);
    if (verdict == Verdict::kFail) return failure(*handle.disk, SQLITE_IOERR_FSYNC);
    if (verdict == Verdict::kPretend) return SQLITE_OK;
    // A disk that dies in the middle of a sync has kept what it happened to keep.
    if (handle.disk->dead_) return SQLITE_IOERR_FSYNC;
    const int code = handle.real->pMethods->xSync(handle.real, flags);
    if (code == SQLITE_OK && !handle.path->empty()) {
      handle.disk->synced(handle.real, *handle.path, handle.brings_folder);
    }
    return code;
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    if (next(file, DiskCall::kFileSize) == Verdict::kFail) return SQLITE_IOERR_FSTAT;
    return real_of(file).xFileSize(handle_of(file).real, size);
  }
  static int lock(sqlite3_file* file, int level) {
    if (next(file, DiskCall::kLock) == Verdict::kFail) return SQLITE_IOERR_LOCK;
    return real_of(file).xLock(handle_of(file).real, level);
  }
  static int unlock(sqlite3_file* file, int level) {
    // A lock ends with the program that died with its disk.
    const bool failed = next(file, DiskCall::kUnlock) == Verdict::kFail;
    if (failed && !handle_of(file).disk->dead_) return SQLITE_IOERR_UNLOCK;
    return real_of(file).xUnlock(handle_of(file).real, level);
  }
  static int is_reserved(sqlite3_file* file, int* result) {
    return real_of(file).xCheckReservedLock(handle_of(file).real, result);
  }
  static int control(sqlite3_file* file, int operation, void* argument) {
    return real_of(file).xFileControl(handle_of(file).real, operation, argument);
  }
  static int sector_size(sqlite3_file* file) {
    return real_of(file).xSectorSize(handle_of(file).real);
  }
  static int characteristics(sqlite3_file* file) {
    return real_of(file).xDeviceCharacteristics(handle_of(file).real);
  }
  static int shm_map(sqlite3_file* file, int page, int bytes, int extend, void volatile** at) {
    if (next(file, DiskCall::kShmMap) == Verdict::kFail) {
      *at = nullptr;
      return SQLITE_IOERR_SHMMAP;
    }
    return real_of(file).xShmMap(handle_of(file).real, page, bytes, extend, at);
  }
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    if ((flags & SQLITE_SHM_LOCK) != 0 && next(file, DiskCall::kShmLock) == Verdict::kFail) {
      return SQLITE_IOERR_SHMLOCK;
    }
    return real_of(file).xShmLock(handle_of(file).real, offset, count, flags);
  }
  static void shm_barrier(sqlite3_file* file) { real_of(file).xShmBarrier(handle_of(file).real); }
  static int shm_unmap(sqlite3_file* file, int remove) {
    const bool dead = handle_of(file).disk->dead_;
    return real_of(file).xShmUnmap(handle_of(file).real, dead ? 0 : remove);
  }

  static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags,
                  int* out_flags) {
    FaultyDisk& disk = disk_of(vfs);
    file->pMethods = nullptr;
    if (disk.next(DiskCall::kOpen) == Verdict::kFail) return SQLITE_CANTOPEN;
    Handle& handle = handle_of(file);
    handle.disk = &disk;
    handle.real = reinterpret_cast<sqlite3_file*>(&handle + 1);
    const std::string path = name == nullptr ? "" : name;
    if (!path.empty() && !disk.files_.contains(path)) disk.files_[path].durable = read_plain(path);
    const int code = disk.real_->xOpen(disk.real_, name, handle.real, flags, out_flags);
    if (handle.real->pMethods == nullptr) return code;
    handle.path = new std::string(path);
    handle.brings_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    static const sqlite3_io_methods kMethods = {2,
                                                &close,
                                                &read,
                                                &write,
                                                &truncate,
                                                &sync,
                                                &file_size,
                                                &lock,
                                                &unlock,
                                                &is_reserved,
                                                &control,
                                                &sector_size,
                                                &characteristics,
                                                &shm_map,
                                                &shm_lock,
                                                &shm_barrier,
                                                &shm_unmap,
                                                nullptr,
                                                nullptr};
    file->pMethods = &kMethods;
    if (code == SQLITE_OK && disk.dead_) return after(file, code, SQLITE_CANTOPEN);
    return code;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    FaultyDisk& disk = disk_of(vfs);
    if (disk.next(DiskCall::kDelete) == Verdict::kFail) return SQLITE_IOERR_DELETE;
    if (!disk.files_.contains(name)) disk.files_[name].durable = read_plain(name);
    const int code = disk.real_->xDelete(disk.real_, name, sync_folder);
    if (disk.dead_) return SQLITE_IOERR_DELETE;
    if (code == SQLITE_OK && sync_folder != 0) disk.files_[name].durable.reset();
    return code;
  }
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    FaultyDisk& disk = disk_of(vfs);
    if (disk.next(DiskCall::kAccess) == Verdict::kFail) return SQLITE_IOERR_ACCESS;
    return disk.real_->xAccess(disk.real_, name, flags, result);
  }
  static int full_path(sqlite3_vfs* vfs, const char* name, int bytes, char* to) {
    return disk_of(vfs).real_->xFullPathname(disk_of(vfs).real_, name, bytes, to);
  }
  static int randomness(sqlite3_vfs* vfs, int bytes, char* to) {
    return disk_of(vfs).real_->xRandomness(disk_of(vfs).real_, bytes, to);
  }
  static int sleep(sqlite3_vfs* vfs, int microseconds) {
    return disk_of(vfs).real_->xSleep(disk_of(vfs).real_, microseconds);
  }
  static int current_time(sqlite3_vfs* vfs, double* days) {
    return disk_of(vfs).real_->xCurrentTime(disk_of(vfs).real_, days);
  }
  static int last_error(sqlite3_vfs* vfs, int, char*) { return disk_of(vfs).last_errno_; }

 private:
  // A call at which the disk died did what it does; nobody hears of it.
  static int after(sqlite3_file* file, int code, int io_error) {
    return handle_of(file).disk->dead_ ? io_error : code;
  }
};

FaultyDisk::FaultyDisk() : real_(sqlite3_vfs_find(nullptr)), own_(new sqlite3_vfs{}) {
  URNA_CHECK(real_ != nullptr && std::strcmp(real_->zName, kName) != 0);
  own_->iVersion = 1;
  own_->szOsFile = static_cast<int>(sizeof(Handle)) + real_->szOsFile;
  own_->mxPathname = real_->mxPathname;
  own_->zName = kName;
  own_->pAppData = this;
  own_->xOpen = &FaultyDiskCalls::open;
  own_->xDelete = &FaultyDiskCalls::remove;
  own_->xAccess = &FaultyDiskCalls::access;
  own_->xFullPathname = &FaultyDiskCalls::full_path;
  own_->xRandomness = &FaultyDiskCalls::randomness;
  own_->xSleep = &FaultyDiskCalls::sleep;
  own_->xCurrentTime = &FaultyDiskCalls::current_time;
  own_->xGetLastError = &FaultyDiskCalls::last_error;
  URNA_CHECK(sqlite3_vfs_register(own_, /*makeDflt=*/1) == SQLITE_OK);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(own_);
  sqlite3_vfs_register(real_, /*makeDflt=*/1);
  delete own_;
}

void FaultyDisk::begin(const Plan& plan) {
  plan_ = plan;
  trace_.clear();
  struck_.reset();
  last_errno_ = 0;
  dead_ = false;
  files_.clear();
}

bool FaultyDisk::fits(DiskFault fault, DiskCall call) {
  switch (fault) {
    case DiskFault::kNone: return false;
    case DiskFault::kIoError:
    case DiskFault::kDeath: return true;
    case DiskFault::kNoSpace:
      return call == DiskCall::kWrite || call == DiskCall::kSync || call == DiskCall::kOpen ||
             call == DiskCall::kShmMap || call == DiskCall::kMake || call == DiskCall::kFlush;
    case DiskFault::kShortWrite: return call == DiskCall::kWrite;
    case DiskFault::kLostSync: return call == DiskCall::kSync || call == DiskCall::kFlush;
  }
  return false;
}

FaultyDisk::Verdict FaultyDisk::next(DiskCall call) {
  last_errno_ = dead_ ? EIO : 0;
  if (dead_) return Verdict::kFail;
  trace_.push_back(call);
  if (calls() == plan_.death_at) dead_ = true;
  const bool now = calls() == plan_.at || (plan_.lasts && calls() > plan_.at);
  if (!now || !fits(plan_.fault, call)) {
    const bool pretend = fits(DiskFault::kLostSync, call) && plan_.no_sync_counts;
    return pretend ? Verdict::kPretend : Verdict::kGoOn;
  }
  if (!struck_) struck_ = call;
  switch (plan_.fault) {
    case DiskFault::kNone:
    case DiskFault::kLostSync: return Verdict::kPretend;
    case DiskFault::kIoError: last_errno_ = EIO; return Verdict::kFail;
    case DiskFault::kNoSpace: last_errno_ = ENOSPC; return Verdict::kFail;
    case DiskFault::kShortWrite: last_errno_ = ENOSPC; return Verdict::kHalf;
    case DiskFault::kDeath: dead_ = true; return Verdict::kGoOn;
  }
  return Verdict::kGoOn;
}

void FaultyDisk::synced(sqlite3_file* real, const std::string& path, bool with_folder) {
  files_[path].durable = content_of(real);
  if (with_folder) names_kept();
}

void FaultyDisk::names_kept() {
  for (auto& [other, file] : files_) {
    if (!file.durable && std::filesystem::exists(other)) file.durable.emplace();
    if (file.durable && !std::filesystem::exists(other)) file.durable.reset();
  }
}

Result<bool> FaultyDisk::make_private(const std::filesystem::path& file) {
  const auto failed = [&](int error) {
    return fail(error == ENOSPC ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
                "making " + file.string() + ": " + std::strerror(error));
  };
  if (next(DiskCall::kMake) == Verdict::kFail) return failed(last_errno_);
  if (!files_.contains(file)) files_[file].durable = read_plain(file);
  auto made = machine_.make_private(file);
  if (dead_) return failed(EIO);
  return made;
}

Result<void> FaultyDisk::flush_file(const std::filesystem::path& file) {
  return flush(file, &Disk::flush_file, [&] { files_[file].durable = read_plain(file); });
}

Result<void> FaultyDisk::flush_name(const std::filesystem::path& file) {
  return flush(file, &Disk::flush_name, [&] { names_kept(); });
}

Result<void> FaultyDisk::flush(const std::filesystem::path& file,
                               Result<void> (Disk::*call)(const std::filesystem::path&),
                               const std::function<void()>& keep) {
  const Verdict verdict = next(DiskCall::kFlush);
  if (verdict == Verdict::kPretend) return {};
  // One that dies in the middle of it has kept what it happened to keep.
  if (verdict == Verdict::kFail || dead_) {
    return fail(last_errno_ == ENOSPC ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
                "flushing " + file.string() + ": " + std::strerror(EIO));
  }
  auto flushed = (machine_.*call)(file);
  if (flushed) keep();
  return flushed;
}

void FaultyDisk::lose_unsynced(std::size_t block_bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto keeps = [&] { return seed == 0 ? false : seed == 1 ? true : (random() & 1) != 0; };
  for (auto& [path, file] : files_) {
    const auto written = read_plain(path);
    if (written == file.durable) continue;
    const bool there = written && file.durable ? true : written ? keeps() : !keeps();
    if (!there) {
      std::filesystem::remove(path);
      continue;
    }
    const std::string before = file.durable.value_or("");
    const std::string after = written.value_or(before);
    const std::size_t size = keeps() ? after.size() : before.size();
    std::string left(std::max(before.size(), after.size()), '\0');
    for (std::size_t at = 0; at < left.size(); at += block_bytes) {
      const std::string& from = keeps() ? after : before;
      if (at < from.size())
        left.replace(at, std::min(block_bytes, from.size() - at), from, at, block_bytes);
    }
    left.resize(size);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << left;
  }
  files_.clear();
}

}  // namespace urna::test
