//! A safe wrapper of libxcrypt's crypt_rn(3), which computes the hashes to compare with.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

#[link(name = "crypt")]
unsafe extern "C" {
    fn crypt_rn(phrase: *const c_char, setting: *const c_char, data: *mut c_void, size: c_int)
    -> *mut c_char;
}

/// The size of `struct crypt_data`, whose alignment is that of a pointer or less.
const SIZE: usize = 32_768;

/// Returns the hash of a password, or `None` if libxcrypt rejects the setting. Neither argument may contain a NUL.
pub fn crypt(password: &[u8], setting: &[u8]) -> Option<Vec<u8>> {
    let password = CString::new(password).unwrap();
    let setting = CString::new(setting).unwrap();
    let mut data = vec![0_u64; SIZE / size_of::<u64>()];
    // SAFETY: both strings end with a NUL, and the buffer is zeroed and has the size that is passed. The result
    // is null or points to a string in the buffer, which lives until the string is copied.
    unsafe {
        let size = c_int::try_from(SIZE).unwrap();
        let hash = crypt_rn(password.as_ptr(), setting.as_ptr(), data.as_mut_ptr().cast(), size);
        (!hash.is_null()).then(|| CStr::from_ptr(hash).to_bytes().to_vec())
    }
}
